"""What an LLM's server sent back, read: its choices, its tokens, the label named, how sure it was.

Nothing here asks.
"""
