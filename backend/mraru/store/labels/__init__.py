"""Repositories of what people said: annotations, what counts of them, and what each label means.

One subject a file, each over one database.
"""
