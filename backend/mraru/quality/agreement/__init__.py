"""How far teacher, student and people agree, and what people change.

Pure functions of labels: nothing is read or written.
"""
