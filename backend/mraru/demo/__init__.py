"""A Label Studio of one's own beside the backend, started and stopped with the demo.

It runs on loopback with its own data folder. Nothing outside that folder and its virtual environment is
touched; only the command line and the tests import this room.
"""
