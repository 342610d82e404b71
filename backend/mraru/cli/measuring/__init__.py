"""`mraru benchmark` and `mraru simulate`.

Thin over `benchmark`: options in, pages out.
"""
