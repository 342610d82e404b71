"""What Label Studio writes and reads, as records and back: annotations, predictions, events, tabs, exports.

Pure functions: nothing is fetched.
"""
