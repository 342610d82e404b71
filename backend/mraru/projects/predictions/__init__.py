"""What Label Studio holds of ours: pushed after rounds, answered to `/predict`, covered in between, tidied.

Start at `pushing`. Labels come from `final_labels`; none is made here.
"""
