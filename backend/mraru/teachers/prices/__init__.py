"""What tokens cost, and what labelling would cost, estimated. No network.

The sums of what was paid are those of the ledger, in `store`.
"""
