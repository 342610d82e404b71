"""What people want to know of a project first, in a few plain sentences.

Read, counted, then worded: `headline_basis`, `headline_facts`, `headline_sentences`. Nothing is changed.
"""
