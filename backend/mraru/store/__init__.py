"""What must survive a restart: one SQLite file, written through repositories, one a subject.

`store` is all of them over one `database`. Every row but vectors and paid answers belongs to one project and is read by
that project alone. This room knows nothing of Label Studio's wire format, of students or of prompts.
"""
