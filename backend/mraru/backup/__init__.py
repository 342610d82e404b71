"""What MODEL_DIR holds that cannot be made again, as one file, and back.

Start at `backup_writing` and `restoring`; `manifest` says what such a file holds. Locks of running processes and words
to people are those of `cli`.
"""
