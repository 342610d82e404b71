"""Repositories of tasks: their texts, vectors, whether they wait for people, and our predictions for them.

One subject a file, each over one database.
"""
