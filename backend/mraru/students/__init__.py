"""Small classifiers over embeddings, one file each, and how they are judged and kept.

Nothing here embeds text or knows of rounds; only `persistence` touches files.
"""
