"""Small classifiers over embeddings, one file each, and how they are judged and kept.

Nothing here embeds text or knows of rounds; only `student_files` touches files, which name the classes by where they
stand: an estimator that is moved can no longer be loaded.
"""
