"""Checks of Label Studio: its address, the token, this backend in a project, its texts, what it serves.

They read, and change nothing.
"""
