"""What stands around a teacher, each a teacher itself: budget, ledger, retries, circuit, limits, a pause.

`wrapped` is what they have in common; `bootstrap` puts them together. What each does with one call serves other
questions to an LLM as well: `booked_calls` and, beside the teachers, `KeptAnswers`, `Retries`, `ask_through` and
`ask_in_turn`. None reads a text or an answer.
"""
