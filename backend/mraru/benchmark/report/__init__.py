"""What runs add up to: curves with their bands, charts, tables, pages.

It reads results and measures nothing.
"""
