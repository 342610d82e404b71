"""Texts into vectors, each once: the model, and the cache around it.

Importing this room loads no model and no torch; where vectors are kept is the store's matter.
"""
