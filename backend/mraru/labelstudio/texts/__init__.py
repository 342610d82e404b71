"""What a project's label config asks, and the text of a task as Label Studio's editor finds it.

Pure functions: nothing is fetched.
"""
