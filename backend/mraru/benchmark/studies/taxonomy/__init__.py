"""Whether a student of a taxonomy learns its paths at once, or a level at a time.

`level_students` measures, `level_report` shows.
"""
