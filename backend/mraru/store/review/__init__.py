"""Repositories of what is shown to people: opinions, disagreements, the audit sample, tabs.

One subject a file, each over one database.
"""
