"""What the student learns from: who says what of each text, the texts that nobody has labelled, its training.

Start at `labelled_set`. Nobody is asked here, and Label Studio is told nothing.
"""
