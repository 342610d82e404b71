"""`mraru serve`: the web server and the worker as two processes, looked after until one asks to stop.

What they do is in `web` and `worker`.
"""
