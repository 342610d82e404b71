"""For whoever watches: `/metrics`, `/ready`, and a line for each request.

It reads the store alone: nothing is asked of an LLM, and of Label Studio only whether it answers.
"""
