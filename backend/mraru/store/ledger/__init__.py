"""The book of every call to a teacher, and what is read off it: budgets, claims, costs, batch jobs.

A call is reserved before it is made, settled after it, and never deleted.
"""
