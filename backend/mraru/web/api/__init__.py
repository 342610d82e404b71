"""The state of projects as JSON, downloads, what people do to a project; `/openapi.json` and `/api/docs` describe it.

Figures come from `reporting`, deeds go through `use_cases`.
"""
