"""The built-in teacher for those without an LLM, and what it was measured at.

It reads embeddings alone and costs nothing; whoever offers it says how often it is wrong.
"""
