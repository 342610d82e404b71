"""What an LLM is asked besides labels: whether it answers as it must, and for sharper definitions.

Booked and guarded as every call is; no label of a project comes from here.
"""
