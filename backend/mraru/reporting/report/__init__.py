"""The report of a project: what stands on the dashboard, in one file to send around.

It only reads.
"""
