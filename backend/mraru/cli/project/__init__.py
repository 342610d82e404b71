"""The commands about one project: start, pause, round, set, audit, report, forget.

Thin over `use_cases`: words for people, nothing else.
"""
