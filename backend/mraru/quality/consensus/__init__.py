"""What several voters say together, teachers or people, once it is known how each of them errs.

Pure functions of votes.
"""
