"""One round: select, ask, train, push. Start at `round_work`.

Every step is written down, so that a restart goes on after it.
"""
