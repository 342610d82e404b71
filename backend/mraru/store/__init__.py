"""What must survive a restart: one SQLite file, written through repositories, one a subject.

Every row but vectors and paid answers belongs to one project and is read by that project alone.
This room knows nothing of Label Studio's wire format, of students or of prompts.
"""
