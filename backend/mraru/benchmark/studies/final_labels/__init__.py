"""Whether final labels are right as often as they say.

`final_label_quality` measures, beside `former_scores`; `final_labels_report` shows.
"""
