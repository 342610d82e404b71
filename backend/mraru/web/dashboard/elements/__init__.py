"""What pages are made of: cards, tables, charts, forms, and figures in words.

They are given figures and draw them; none reads the store.
"""
