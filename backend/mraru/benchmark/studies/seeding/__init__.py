"""Zero-shot against random seeding.

`seeding_comparison` measures, `seeding_report` shows.
"""
