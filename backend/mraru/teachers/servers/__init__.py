"""The LLM's server: how it must be asked, what its refusals mean, how fast it may be asked.

What is found out here is of a server and a model, whatever project asked.
"""
