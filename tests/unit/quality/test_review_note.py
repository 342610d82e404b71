from __future__ import annotations

from mraru.quality.review_note import review_note
from mraru.records import Vote
from mraru.schema_records import Choice, LabelSchema

CHOICES = (Choice(value="Sports news", alias="sport"), Choice(value="Politics"))
NAME_OF = LabelSchema(from_name="label", to_name="text", text_field="text", choices=CHOICES).name_of


def test_a_text_that_nobody_asked_the_teacher_about_says_so() -> None:
    note = review_note(NAME_OF, was_asked=False, teacher_label=None, student_label="sport")
    assert note == "LLM: not asked.\nStudent: Sports news."


def test_why_the_teacher_named_no_label_stands_in_the_note() -> None:
    note = review_note(
        NAME_OF,
        was_asked=True,
        teacher_label=None,
        student_label="Politics",
        no_label_reason="the LLM refused",
        teacher="Zero-shot",
    )
    assert note.splitlines()[0] == "Zero-shot: no label (the LLM refused)."


def test_what_each_of_several_teachers_said_stands_in_the_note() -> None:
    note = review_note(
        NAME_OF,
        was_asked=True,
        teacher_label="sport",
        student_label="sport",
        votes=(Vote(teacher="mini", label="sport"), Vote(teacher="local", label=None)),
    )
    assert note.splitlines()[1] == "Each LLM: mini: Sports news; local: no label."


def test_a_reason_of_several_lines_is_shown_in_one() -> None:
    note = review_note(
        NAME_OF,
        was_asked=True,
        teacher_label="Politics",
        student_label="Politics",
        explanation="It names\n a vote.",
    )
    assert note.splitlines()[0] == "LLM: Politics. It names a vote."


def test_a_label_that_the_config_lost_is_shown_as_it_is_stored() -> None:
    note = review_note(NAME_OF, was_asked=True, teacher_label="Weather", student_label="Politics")
    assert note.startswith("LLM: Weather.")


def test_the_only_numbers_of_a_note_are_how_sure_llm_and_student_are() -> None:
    note = review_note(
        NAME_OF,
        was_asked=True,
        teacher_label="sport",
        student_label="Politics",
        teacher_confidence=0.81,
        student_confidence=1.0,
    )
    assert note == "LLM: Sports news (81 % sure).\nStudent: Politics (100 % sure)."
