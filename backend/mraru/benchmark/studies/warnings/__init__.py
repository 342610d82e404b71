"""Which warnings runs give that go well or ill.

`warnings_seen` measures, `warnings_report` shows.
"""
