"""The tables, by subject. Times are seconds since 1970, UTC.

`migrations` makes them, and a test keeps both equal. Nobody but repositories imports them.
"""
