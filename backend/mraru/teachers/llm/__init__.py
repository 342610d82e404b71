"""An LLM behind the chat completions protocol: what it is asked about a text, and what its answer is read as.

Start at `openai_teacher`. It knows no budget, no ledger and no project: those stand around it, in `guards`.
"""
