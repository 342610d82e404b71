"""This backend in a project of Label Studio: put in, taken out, and at which address it may be reached.

Commands and checks call it; it starts no round.
"""
