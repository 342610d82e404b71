"""Prompts that carry a part of a project's labels: those nearest to the text first, the rest if none of them fits.

Which labels are near, `projects` says; each call is booked by the guards as any other.
"""
