"""Acceptance rules: with what probability a visited text is taken, one rule a file.

`acceptance_rule` is what they have in common. They see class probabilities and nothing else: no texts, no labels, no
store.
"""
