"""What calibration does to a student's probabilities.

`calibration_effect` measures, `calibration_report` shows.
"""
