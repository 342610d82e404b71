"""The teachers of all projects of a process, and what stands around each: books, guards, prompts, prices.

`llm_factory` makes the LLMs bare, `teacher_factory` books and guards them; the others are built on these two. Each
gets what it needs by its constructor and knows nothing of `Services`.
"""
