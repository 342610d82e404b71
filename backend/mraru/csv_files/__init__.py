"""CSV files as people have them: of any separator and encoding that Label Studio's users meet, no row lost in silence.

Nothing here knows what the columns are for; `reporting.record_lines` writes CSV, this reads it.
"""
