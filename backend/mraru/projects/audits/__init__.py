"""The audit of a project: which texts are drawn, their turn in the queue, and which of them count.

The mathematics is in `quality.audit`.
"""
