"""`mraru doctor`, `backup`, `restore` and `settings`.

Thin over `doctor` and `backup`: words for people, nothing else.
"""
