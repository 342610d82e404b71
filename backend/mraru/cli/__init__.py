"""The command line: `commands` lists them, a folder each kind; errors are one line on stderr.

Thin over the rooms below: arguments in, words for people out. What a command imports beyond the store, it imports when
it runs.
"""
