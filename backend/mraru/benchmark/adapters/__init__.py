"""Query strategies of other active-learning libraries as samplers, to compare with: one file a library.

They need the extra `benchmark`, and nothing outside the benchmark uses them. All of them score the whole pool.
"""
