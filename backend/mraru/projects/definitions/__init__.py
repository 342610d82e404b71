"""Sharper definitions of labels, drafted from what people corrected, and tried before they are used.

A person accepts each, or nobody is told it.
"""
