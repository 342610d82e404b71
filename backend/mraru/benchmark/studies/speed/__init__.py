"""How long a batch takes to choose, and in how much memory.

`speed` and `memory` measure on `synthetic` pools, `speed_report` shows.
"""
