"""Repositories of projects and their rounds: state, settings, leases, what is due, the inbox of webhooks.

One subject a file, each over one database.
"""
