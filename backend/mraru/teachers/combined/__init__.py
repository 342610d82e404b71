"""Several teachers as one: an ensemble that votes, a cascade that asks the cheap one first.

Each of them keeps its own books.
"""
