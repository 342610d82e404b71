"""Whether two questions of one project cost fewer calls than two projects of one question each.

`question_projects` measures, `question_report` shows.
"""
