"""The teacher: who labels the few texts that teach most, at a price.

`llm` asks and reads, `guards` stand around it and nest as `Cached(Retrying(Budgeted(OpenAITeacher)))`, `combined` makes
one of several. This room knows no store and no Label Studio: the ledger, the budget and the prices come in as
arguments.
"""
