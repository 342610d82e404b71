"""`mraru cost` and `mraru ledger`.

Thin over `store.ledger` and `teachers.prices`: no sum is made here.
"""
