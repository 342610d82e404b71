"""When rules of quality would have ended the rounds, and what that saves.

`stopping_effect` and `savings` measure, `stopping_report` shows.
"""
