"""A round's texts as batch jobs: reserved, submitted, looked at, settled in the ledger.

Each step is written down before the next, so that no job is begun twice.
"""
