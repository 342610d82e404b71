"""The text of a task as Label Studio's editor finds it, and whether it is a text at all.

Pure functions: nothing is fetched. What files behind addresses hold is handed in.
"""
