"""`mraru demo`: what it does in which order, and what it shows meanwhile.

Label Studio and the texts are those of `demo`.
"""
