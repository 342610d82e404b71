"""The loop of the paper over one project of Label Studio, one piece of work at a time.

It asks nobody but through the protocols of `interfaces`, keeps its state in the store alone, and can be stopped and
started between any two lines: `project_loop` decides what comes next, the folders below it do it.
"""
