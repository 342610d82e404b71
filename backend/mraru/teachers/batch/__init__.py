"""Batch jobs of OpenAI's protocol: half the price, an answer within a day.

A job is planned, submitted and read here; which texts are in it, and what becomes of them, `projects.batches` decides.
"""
