"""Many webhooks a second, sent as Label Studio sends them.

A real server is started by the command; this sends and counts.
"""
