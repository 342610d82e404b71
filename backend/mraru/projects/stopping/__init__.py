"""Why no further round begins: limits that nobody overrules, and rules of quality that people may.

Start at `stop_decision`. It decides and says why; it starts and ends nothing.
"""
