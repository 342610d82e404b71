"""Repositories of what teachers said, and of what is known of their servers.

What they cost is in `ledger`.
"""
