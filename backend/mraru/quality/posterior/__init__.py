"""The one posterior: how likely each label of a text is right, given what student, LLM and people say of it.

Pure functions; `projects.final_labels` feeds them from the store.
"""
