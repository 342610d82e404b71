"""What people do to a project, on the dashboard, by the API or the command line alike.

Each says what it did and wakes the worker; nothing waits here for an LLM or for Label Studio.
"""
