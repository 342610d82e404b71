"""What comes from Label Studio: tasks, annotations, corrections, a changed label config.

Webhooks are hints; a sync is the truth. Nobody is asked anything here.
"""
