"""When annotators see a question: `visibleWhen` and its companions, on a control or on any tag around it.

As `isVisible` in the source of Label Studio 1.23's editor (mixins/Visibility) has it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from xml.etree.ElementTree import Element

from mraru.labelstudio.label_configs.config_tags import Parents, Unsupported, list_around, read_attribute
from mraru.schema_records import AnswerKind, Condition, LabelSchema

SELECTED, UNSELECTED = "choice-selected", "choice-unselected"
OF_REGIONS = "region-selected"
WITHOUT_CONDITION = ("Rating",)  # controls that the editor shows whatever their own `visibleWhen` says


def read_conditions(tag: Element, parents: Parents, questions: Mapping[str, LabelSchema]) -> tuple[Condition, ...]:
    """What must hold for annotators to see this control.

    Args:
        questions: those that are answered together with it, by name, itself among them.

    Raises:
        Unsupported: that cannot be told from how these questions are answered.
    """
    own = () if tag.tag in WITHOUT_CONDITION else (tag,)
    around = (outer for outer in list_around(tag, parents) if outer.tag.lower() == "view")
    return tuple(
        condition for where in (*own, *around) for condition in _read_one(where, questions, tag.get("name", ""))
    )


def _read_one(tag: Element, questions: Mapping[str, LabelSchema], own: str) -> Iterator[Condition]:
    kind, value = read_attribute(tag, "visibleWhen"), read_attribute(tag, "whenChoiceValue")
    if kind == OF_REGIONS:
        raise Unsupported(f'visibleWhen="{kind}", which depends on regions of the text')
    if kind in (SELECTED, UNSELECTED):
        is_negated = kind == UNSELECTED
        named = read_attribute(tag, "whenTagName")
        if named:
            looked_at = _find_looked_at(named, questions, own, kind)
            labels = _list_labels(looked_at, value.split(",")) if value else None
            if labels == () and not is_negated:
                raise Unsupported(f'nobody ever sees it: whenChoiceValue="{value}" names no label of "{named}"')
            if labels != ():
                yield Condition(questions=(named,), labels=labels, is_negated=is_negated)
        else:
            yield Condition(questions=_list_choices(questions, own, f'visibleWhen="{kind}"'), is_negated=is_negated)
    elif not kind and value:  # the editor takes it for a whole label here, commas included
        yield Condition(questions=_list_choices(questions, own, f'whenChoiceValue="{value}"'), labels=(value,))
    # any other condition is `SHOWN_ANYWAY`, or none that the editor knows: then it shows the control


def _list_choices(questions: Mapping[str, LabelSchema], own: str, written: str) -> tuple[str, ...]:
    """The other <Choices>: any of them counts where no control is named.

    Raises:
        Unsupported: there is none.
    """
    found = tuple(name for name, each in questions.items() if each.kind is AnswerKind.CHOICES and name != own)
    if not found:
        raise Unsupported(f"{written} looks at other <Choices>, and no other is answered here")
    return found


def _find_looked_at(named: str, questions: Mapping[str, LabelSchema], own: str, kind: str) -> LabelSchema:
    found = questions.get(named)
    if found is None or named == own or found.kind is AnswerKind.RATING:
        raise Unsupported(f'visibleWhen="{kind}" looks at "{named}", which is no <Choices> or <Taxonomy> answered here')
    return found


def _list_labels(question: LabelSchema, values: Sequence[str]) -> tuple[str, ...]:
    """The labels that these values of `whenChoiceValue` mean: by value or alias; of paths, all that end alike."""
    if question.kind is AnswerKind.TAXONOMY:
        ends = {_find_end(question, value) for value in values}
        return tuple(choice.stored for choice in question.choices if choice.path[-1] in ends)
    found = (
        next((choice.stored for choice in question.choices if value in (choice.alias, choice.value)), None)
        for value in values
    )
    return tuple(label for label in found if label is not None)


def _find_end(question: LabelSchema, value: str) -> str:
    return next((each.path[-1] for each in question.choices if value in (each.name, each.path[-1])), value)
