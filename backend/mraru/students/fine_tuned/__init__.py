"""A language model fine-tuned on the labels: the one kind of student that reads the words themselves.

torch and transformers are imported here alone, and only once such a student is made.
"""
