"""What an export itself says of a project's question, where nobody shows its label config."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from mraru.errors import LabelConfigError
from mraru.labelstudio.formats.answer_json import answers_of
from mraru.labelstudio.label_configs.rating_tags import STARS, rating_label
from mraru.schema_records import AnswerKind, Choice, LabelSchema

# What JSON-MIN puts beside a task's own fields and its labels.
MIN_KEYS = frozenset({"id", "annotator", "annotation_id", "created_at", "updated_at", "lead_time", "agreement"})
NAME_IT = "Say what is meant with the project's label config (--label-config)."

RawTasks = Sequence[Mapping[str, object]]


def schema_of_json(tasks: RawTasks) -> LabelSchema:
    """The one question of an export in JSON: a choice, else a taxonomy or a rating.

    Raises:
        LabelConfigError: it could be several, or the text could be.
    """
    labels: dict[tuple[str, AnswerKind], set[str]] = {}
    to_names: dict[str, str] = {}
    several: set[str] = set()  # controls in which somebody chose more than one
    fields: set[str] = set()
    for task in tasks:
        data = task.get("data")
        if isinstance(data, Mapping):
            fields |= {name for name, value in data.items() if isinstance(value, str)}
        for region in _regions(task):
            kind = next((kind for kind in AnswerKind if region.get("type") == kind), None)
            if kind is not None:
                name = str(region.get("from_name"))
                said = answers_of(region.get("value"), _bare_schema(kind))
                labels.setdefault((name, kind), set()).update(said)
                several |= {name} if len(said) > 1 else set()
                to_names[name] = str(region.get("to_name"))
    of_choices = {named: found for named, found in labels.items() if named[1] is AnswerKind.CHOICES}
    labels = of_choices or labels
    name = _the_only(sorted({name for name, _ in labels}), "choice")
    (kind, *_) = [kind for _, kind in labels]
    return _make_schema(
        kind, name, to_names[name], _text_field(sorted(fields)), labels[name, kind], is_multiple=name in several
    )


def schema_of_json_min(entries: RawTasks) -> LabelSchema:
    """The one question of an export in JSON-MIN, where it has one text.

    Raises:
        LabelConfigError: it could be several, or the text could be.
    """
    values: dict[str, list[str]] = {}
    answers: dict[tuple[str, AnswerKind], set[str]] = {}
    several: set[str] = set()  # controls in which somebody chose more than one
    for entry in entries:
        for name, value in entry.items():
            if name in MIN_KEYS:
                continue
            said = min_answers(value, _bare_schema(AnswerKind.CHOICES))
            if said:
                values.setdefault(name, []).extend(said)
                several |= {name} if len(said) > 1 else set()
            for kind in (AnswerKind.TAXONOMY, AnswerKind.RATING):
                found = min_answers(value, _bare_schema(kind))
                if found:
                    answers.setdefault((name, kind), set()).update(found)
                    several |= {name} if len(found) > 1 else set()
    # A label repeats itself more than a text does.
    by_variety = sorted(values, key=lambda name: (len(set(values[name])), name))
    if len(by_variety) == len(answers) == 1:
        (((name, kind), labels),) = answers.items()
        return _make_schema(kind, name, "text", by_variety[0], labels, is_multiple=name in several)
    if len(by_variety) != 2:
        raise LabelConfigError(f"Text and label could be any of: {', '.join(by_variety) or 'nothing'}. {NAME_IT}")
    label, text = by_variety
    return _make_schema(AnswerKind.CHOICES, label, "text", text, set(values[label]), is_multiple=label in several)


def min_answers(value: object, schema: LabelSchema) -> list[str]:
    """All that a field of JSON-MIN answers: one choice is a string there, several are `{"choices": [...]}`, paths and
    ratings are listed regions.

    >>> min_answers("A", _bare_schema(AnswerKind.CHOICES))
    ['A']
    >>> min_answers([{"taxonomy": [["A", "B"]]}], _bare_schema(AnswerKind.TAXONOMY))
    ['A / B']
    """
    if schema.kind is AnswerKind.CHOICES:
        return [value] if isinstance(value, str) else answers_of(value, schema)
    regions = value if isinstance(value, list) else []
    return [answer for region in regions for answer in answers_of(region, schema)]


def _regions(task: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    annotations = task.get("annotations")
    for annotation in annotations if isinstance(annotations, list) else ():
        listed = annotation.get("result") if isinstance(annotation, Mapping) else None
        yield from (region for region in listed or () if isinstance(region, Mapping))


def _bare_schema(kind: AnswerKind) -> LabelSchema:
    return LabelSchema(from_name="", to_name="", text_field="", choices=(), kind=kind)


def _make_schema(
    kind: AnswerKind, from_name: str, to_name: str, text_field: str, labels: Iterable[str], *, is_multiple: bool
) -> LabelSchema:
    schema = _bare_schema(kind)
    return LabelSchema(
        from_name=from_name,
        to_name=to_name,
        text_field=text_field,
        choices=tuple(_make_choices(kind, sorted(labels), schema.path_separator)),
        kind=kind,
        is_multiple=is_multiple and kind is not AnswerKind.RATING,
    )


def _make_choices(kind: AnswerKind, labels: Sequence[str], separator: str) -> Iterable[Choice]:
    if kind is AnswerKind.RATING:
        most = max([STARS, *map(int, labels)])
        return [rating_label(stars, most) for stars in range(1, most + 1)]
    if kind is AnswerKind.CHOICES:
        return [Choice(value=label) for label in labels]
    paths = [tuple(label.split(separator)) for label in labels]
    return [Choice(value=separator.join(path), path=path, name=path[-1], words=": ".join(path)) for path in paths]


def _text_field(names: Sequence[str]) -> str:
    return "text" if "text" in names else _the_only(names, "text field")


def _the_only(names: Sequence[str], what: str) -> str:
    if len(names) != 1:
        raise LabelConfigError(f"The {what} could be any of: {', '.join(names) or 'nothing'}. {NAME_IT}")
    return names[0]
