"""Label Studio's API, as far as this backend needs it, in records.

Start at `label_studio_client`. Refusals become errors that say what to do. Which version a project serves,
`label_stream` alone decides and writes.
"""
