"""The state of projects as JSON, downloads, and what people do to a project; `/openapi.json` describes it.

Figures come from `reporting`, deeds go through `use_cases`.
"""
