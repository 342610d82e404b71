"""The background work: jobs in a queue of their own file, run by `mraru worker` beside the web server.

A job does one piece of work and puts itself back: what is under way is in the store, never in the queue.
"""
