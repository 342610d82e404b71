"""Measures students and acceptance rules on labelled data sets; their labels play the teacher.

`core` runs the loop, with the `rules` that are compared; `studies` say what is to be found out, `report` shows it. No
LLM is asked here and no project is touched: whatever labels are given out are those of a *simulated teacher*. Only the
command line uses this room.
"""
