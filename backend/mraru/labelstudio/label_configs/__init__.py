"""Label configs: which question a project's XML asks about which text, or why it is none that can be answered here.

Nothing here reads a task: `labelstudio.texts` does.
"""
