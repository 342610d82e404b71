"""What is known of a project, in figures: for the dashboard, the API and the report alike.

It only reads; what changes anything is in `use_cases`.
"""
