"""One question a folder, each with what is measured and how it is reported.

They share `core` and `report`, and nothing with each other.
"""
