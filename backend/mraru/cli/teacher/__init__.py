"""`mraru teacher`, `labels` and `prompt`: what the teacher is told and how it does.

Thin over the rooms below: words for people, nothing else.
"""
