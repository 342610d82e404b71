"""The teacher: who labels the few texts that teach most, at a price.

Here live the prompt, the answer's format, the LLM behind OpenAI's protocol, the built-in zero-shot teacher,
the wrappers around a teacher, which nest as `Cached(Retrying(Budgeted(OpenAITeacher)))`, and several teachers
as one: `Ensemble` and `Cascade`, around which nothing goes. This room knows no store, no settings and no
Label Studio: the ledger, the budget and the prices come in as arguments.
"""
