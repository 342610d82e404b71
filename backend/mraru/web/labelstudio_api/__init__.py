"""Label Studio's ML backend protocol: routes, the schemas of its requests, and what they do.

It writes down and answers; the worker does the work.
"""
