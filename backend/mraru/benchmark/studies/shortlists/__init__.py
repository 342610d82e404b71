"""How often a text's labels are among those nearest to it, which an LLM is shown first.

No LLM is asked.
"""
