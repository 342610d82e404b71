"""How good labels are: agreement, the audit, consensus, the posterior, and what a reviewer reads.

Pure functions on arrays and records: no I/O, no state, no randomness.
"""
