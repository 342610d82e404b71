"""Everything that knows how Label Studio speaks: label configs, results, events, its API, connecting.

Raw dicts of Label Studio come in and go out here and nowhere else; what leaves for other rooms is a record.
No task text, header or token is logged, and nothing here decides what is labelled.
"""
