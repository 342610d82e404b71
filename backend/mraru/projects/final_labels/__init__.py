"""*The* label of each text and how likely it is right, from all that is known of it.

Read from the store and judged by `quality.posterior`; nothing is written but opinions.
"""
