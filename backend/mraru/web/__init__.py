"""The HTTP side: Label Studio's protocol, the state of projects as JSON, the dashboard, metrics.

It writes down and answers; training, asking the teacher and calling Label Studio are the worker's. `flask_app` puts it
together.
"""
