"""How sure the teacher is: a distribution over the labels from token log-probabilities, or from samples."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from mraru.schema_records import LabelSchema

Distribution = tuple[tuple[str, float], ...]  # (label as stored, probability) in the config's order, sums to 1

_JSON_LABEL = re.compile(rb'"label"\s*:\s*"')
_OPENING_MARKS = b" \t\r\n\"'`*(["
_ENDING = re.compile(rb"[\s\"'`*)\].,;:!]")


class ConfidenceMethod(StrEnum):
    NONE = "none"
    LOGPROBS = "logprobs"
    SAMPLES = "samples"


@dataclass(frozen=True, slots=True, kw_only=True)
class Confidence:
    """How the teacher's confidence is found."""

    method: ConfidenceMethod = ConfidenceMethod.NONE
    n_samples: int = 5  # answers per text, for samples
    temperature: float = 0.7  # of the samples

    @property
    def n_answers(self) -> int:
        """Answers that one text needs."""
        return self.n_samples if self.method is ConfidenceMethod.SAMPLES else 1

    @property
    def decoding(self) -> dict[str, str | float]:
        """What of it belongs to the prompt's version: an answer without a confidence is another answer."""
        if self.method is ConfidenceMethod.NONE:
            return {}
        if self.method is ConfidenceMethod.LOGPROBS:
            return {"confidence": self.method}
        return {"confidence": self.method, "n_samples": self.n_samples, "sample_temperature": self.temperature}


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One token of an answer, and what the model might have written in its place."""

    text: bytes
    probability: float
    alternatives: tuple[tuple[bytes, float], ...] = ()  # others, and their probabilities


def label_distribution(schema: LabelSchema, tokens: Sequence[Token]) -> Distribution | None:
    """How likely each label was at the place where the answer names one.

    The answer is followed token by token, from where the label begins to where no other label can come. At
    each token the alternatives that were passed over are kept: one that fits a single label gives that label
    its probability, whatever the tokenization ("B" and "Bus" both stand for Business). Labels that begin alike
    ("sport", "sport news") are told apart where they part, so by the closing quote if need be.

    What fits no label is left out, and the rest normalized. What may belong to several labels (a beginning
    that they share and the answer did not take), and what the server did not list, is spread evenly over
    those it may belong to: nothing is known of it. So the answer is never made surer than the server said.

    Limits: an alternative that only begins like a label counts as that label; plain text does not show where
    it ends, so a label that begins another is then as likely as that one; probabilities are the model's own,
    often too near to 0 and 1.

    Returns:
        None if the tokens do not show a label.

    >>> from mraru.schema_records import Choice, LabelSchema
    >>> schema = LabelSchema(from_name="c", to_name="t", text_field="text",
    ...                      choices=(Choice(value="sport"), Choice(value="sport news"), Choice(value="tech")))
    >>> tokens = [Token(text=b'{"label":"', probability=1.0),
    ...           Token(text=b"sport", probability=0.8, alternatives=((b"tech", 0.1), (b"te", 0.1))),
    ...           Token(text=b'"}', probability=0.75, alternatives=((b" news", 0.25),))]
    >>> [(label, round(p, 3)) for label, p in label_distribution(schema, tokens)]
    [('sport', 0.6), ('sport news', 0.2), ('tech', 0.2)]
    """
    forms = _spell(schema)
    is_json = _JSON_LABEL.search(b"".join(token.text for token in tokens)) is not None
    mass = dict.fromkeys(forms, 0.0)
    written, path = b"", 1.0
    for token in tokens:
        before, written = written, written + token.text
        value = _label_part(written, is_json)
        if not value:
            continue
        unlisted = max(0.0, 1.0 - token.probability - sum(p for _, p in token.alternatives))
        _spread(mass, list(forms), path * unlisted)
        for alternative, probability in token.alternatives:
            _spread(mass, _fitting(forms, _label_part(before + alternative, is_json), is_json), path * probability)
        path *= token.probability
        fitting = _fitting(forms, value, is_json)
        if not fitting:
            return None
        if len(fitting) == 1:
            break
    else:
        fitting = _fitting(forms, _label_part(written, is_json), is_json) if _label_part(written, is_json) else []
    _spread(mass, fitting, path)
    total = sum(mass.values())
    return tuple((label, share / total) for label, share in mass.items()) if fitting and total > 0 else None


def sample_distribution(schema: LabelSchema, labels: Sequence[str | None]) -> Distribution | None:
    """Each label's share of the samples; one that named none is spread evenly, as nothing is known of it.

    Of sets, those alone that a sample named.

    >>> from mraru.schema_records import Choice, LabelSchema
    >>> schema = LabelSchema(from_name="c", to_name="t", text_field="text",
    ...                      choices=(Choice(value="sport"), Choice(value="tech")))
    >>> sample_distribution(schema, ["sport", "sport", "tech", None])
    (('sport', 0.625), ('tech', 0.375))
    """
    counts = Counter(labels)
    if not any(label is not None for label in labels):
        return None
    named = (label for label in labels if label is not None)
    stored = list(dict.fromkeys(named if schema.is_multiple else schema.labels))
    return tuple((label, (counts[label] + counts[None] / len(stored)) / len(labels)) for label in stored)


def majority_label(labels: Sequence[str | None]) -> str | None:
    """The label that most samples name, of equal ones the first named; None if none was.

    >>> majority_label(["tech", "sport", None, None, None, "sport"])
    'sport'
    """
    named = Counter(label for label in labels if label is not None)
    return named.most_common(1)[0][0] if named else None


def probability_of(logprob: float) -> float:
    """The probability behind a logarithm, whatever servers make of it.

    >>> probability_of(0.0), probability_of(-9999.0), probability_of(1e-6), probability_of(float("nan"))
    (1.0, 0.0, 1.0, 0.0)
    """
    return 0.0 if math.isnan(logprob) else math.exp(min(0.0, logprob))


def _spread(mass: dict[str, float], labels: Sequence[str], probability: float) -> None:
    for label in labels:
        mass[label] += probability / len(labels)


def _label_part(written: bytes, is_json: bool) -> bytes:
    """What an answer holds from the beginning of the label on; empty before that."""
    if not is_json:
        return written.lstrip(_OPENING_MARKS).lower()
    opened = _JSON_LABEL.search(written)
    return written[opened.end() :].lower() if opened else b""


def _spell(schema: LabelSchema) -> dict[str, frozenset[bytes]]:
    """How each label may be written: value or alias, as it is or escaped for JSON; ASCII in lower case."""
    taken = {choice.value for choice in schema.choices}
    forms: dict[str, set[bytes]] = {}
    for choice in schema.choices:
        names = [choice.value, *([choice.alias] if choice.alias and choice.alias not in taken else [])]
        for name in names:
            spelled = {name, json.dumps(name)[1:-1], json.dumps(name, ensure_ascii=False)[1:-1]}
            forms.setdefault(choice.stored, set()).update(form.encode("utf-8", "replace").lower() for form in spelled)
    return {label: frozenset(spelled) for label, spelled in forms.items()}


def _fitting(forms: dict[str, frozenset[bytes]], value: bytes, is_json: bool) -> list[str]:
    """The labels that an answer which holds so much of one may name or come to name."""
    return [label for label, spelled in forms.items() if any(_fits(form, value, is_json) for form in spelled)]


def _fits(form: bytes, value: bytes, is_json: bool) -> bool:
    if len(value) <= len(form):
        return form.startswith(value)
    rest = value[len(form) :]
    return value.startswith(form) and (rest.startswith(b'"') if is_json else _ENDING.match(rest) is not None)
