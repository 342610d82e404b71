"""Runs of the loop on labelled data: data sets, the simulated teacher, what is measured, many at once.

`studies` say what is to be found out; `report` shows it.
"""
