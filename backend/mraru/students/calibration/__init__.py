"""Calibration: a student's probabilities made to mean what they say, and how far they are from it.

It wraps any student. What is kept of it stands in the file of its student.
"""
