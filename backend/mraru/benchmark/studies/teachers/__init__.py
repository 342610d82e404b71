"""How good teachers are, how soon a weak one is called weak, and what votes of several are worth.

Each measurement has its report beside it.
"""
