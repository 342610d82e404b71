"""What stands around a teacher, each a teacher itself: budget, ledger, retries, circuit, limits, a pause.

`wrapped` is what they have in common; `bootstrap` puts them together. None reads a text or an answer.
"""
