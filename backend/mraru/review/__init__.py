"""What people are shown first, and which of their labels count.

Pure functions on arrays and records: no I/O, no state, no randomness.
"""
