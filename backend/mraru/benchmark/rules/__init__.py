"""The ways to choose a batch that are compared: the product's, exhaustive uncertainty sampling, other libraries'.

Other libraries' need the extra `benchmark` and score the whole pool; one file a library. Nothing else uses them.
"""
