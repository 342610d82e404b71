"""Which order of review finds the labels that a teacher got wrong.

`review_comparison` measures, `review_report` shows.
"""
