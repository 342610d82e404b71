"""Signatures of failure, each with its remedy in words, as warnings of a project.

They warn; they stop nothing.
"""
