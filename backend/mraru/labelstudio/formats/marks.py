"""Marks in our predictions: by which tabs of the Data Manager find tasks, and what a tab's columns show of them.

The column *Prediction results* shows a prediction as Label Studio stores it, up to 500 characters. Marks come first
there, in words where they are for people. Every prediction of a final label has a word without a meaning as its last
mark. That of a task of the audit contains a word of the project's, by which its tab finds it; whoever reads the column
cannot tell.
"""

from __future__ import annotations

import hashlib

DISAGREEMENT_MARK = "mraru:disagreement"  # the LLM named another label than the one that is served, or none
TIE_MARK = "mraru:tie"  # people are evenly split
_LETTERS = "bcdfghjklmnpqrstvwxz"
_CODE_LENGTH = 4
_WORD_LENGTH = 10


def audit_code(project_id: int) -> str:
    """What the last mark of each task of a project's audit contains, and that of no other task.

    >>> audit_code(1) == audit_code(1), audit_code(1) == audit_code(2), len(audit_code(1))
    (True, False, 4)
    """
    return _draw_letters(f"audit of {project_id}", _CODE_LENGTH)


def blind_mark(project_id: int, task_id: int, *, is_audited: bool) -> str:
    """The last mark of a task's prediction.

    >>> code = audit_code(1)
    >>> code in blind_mark(1, 7, is_audited=True), code in blind_mark(1, 7, is_audited=False)
    (True, False)
    >>> len(blind_mark(1, 7, is_audited=True)) == len(blind_mark(1, 7, is_audited=False))
    True
    """
    code, attempt = audit_code(project_id), 0
    while code in (word := _draw_letters(f"{project_id} {task_id} {attempt}", _WORD_LENGTH)):
        attempt += 1
    if not is_audited:
        return word
    place = _LETTERS.index(word[0]) % (_WORD_LENGTH - _CODE_LENGTH + 1)
    return word[:place] + code + word[place + _CODE_LENGTH :]


def opinion_mark(who: str, label: str | None) -> str:
    """What a column shows of somebody's opinion.

    >>> opinion_mark("LLM", "sport"), opinion_mark("LLM", None)
    ('LLM: sport', 'LLM: no label')
    """
    return f"{who}: {'no label' if label is None else label}"


def _draw_letters(seed: str, length: int) -> str:
    digest = hashlib.sha256(seed.encode()).digest()
    return "".join(_LETTERS[byte % len(_LETTERS)] for byte in digest[:length])
