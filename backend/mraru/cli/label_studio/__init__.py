"""`mraru connect`, `disconnect`, `tabs` and `tidy`: what Label Studio holds of ours.

Thin over `labelstudio.connecting` and `projects.predictions`.
"""
