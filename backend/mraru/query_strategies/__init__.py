"""Which texts the teacher is asked about: M-RARU and the baselines beside it, one file each.

Nothing here does I/O or keeps state: the pool, the student and the random generator are arguments. Rules of acceptance
are in `acceptance`.
"""
