"""The audit sample and what it tells of all texts, with 95 % intervals, or why it tells nothing yet.

Pure functions: which texts are drawn follows from their hashes, not from anybody's labels.
"""
