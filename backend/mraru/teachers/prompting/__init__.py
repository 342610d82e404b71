"""What an LLM is told: the job, definitions and examples, the text as data, cut to what fits.

Nothing is asked here.
"""
