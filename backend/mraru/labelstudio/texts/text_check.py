"""A look at a project's texts before money is spent on them: are they texts at all?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mraru.labelstudio.texts.shown_text import describe_shape
from mraru.labelstudio.texts.task_text import find_own_section
from mraru.labelstudio.texts.text_advice import advise
from mraru.quantities import choose_form, spell_quantity
from mraru.records import TaskText, TextFault
from mraru.schema_records import LabelSchema

MOST_LOOKED_AT = 200  # tasks
MANY = 0.1  # share of the tasks looked at, above which a fault is said
N_SHOWN = 3  # addresses

_STORAGE = r"(?:s3|s3a|gs|azure-blob|az|abfss?|wasbs?|adl|hdfs|dbfs|minio|redis|file)"
_SUFFIX = r"\.\w{1,5}"
_ADDRESS = re.compile(
    "|".join(
        (
            rf"{_STORAGE}://(?:\S+|[^\n]+{_SUFFIX})",  # a storage's key may hold spaces
            r"(?:https?|ftps?|wss?)://\S+",
            r"data:[\w.+-]+/[\w.+-]+[;,]\S*",
            # where Label Studio keeps uploaded files, and what it makes of a storage's addresses
            r"(?:\S*/)?(?:data/upload/|data/local-files/?\?d=|storage-data/|tasks/\d+/(?:resolve|presign)/)[^\n]*",
            rf"(?:[A-Za-z]:\\|\\\\|~?/|\.{{1,2}}/)[^\s?]+{_SUFFIX}",  # a path of a file
        )
    ),
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TextCheck:
    """What was found, in sentences."""

    refusal: str | None  # why no money should be spent on these texts; None: nothing speaks against it
    warnings: tuple[str, ...] = ()


def check_tasks(
    tasks: Sequence[TaskText], schema: LabelSchema, fields: Sequence[str], is_cut: Callable[[str], bool]
) -> TextCheck:
    """Look at tasks as they were read.

    Args:
        tasks: some of a project's, those without text too; none where it has none yet.
        fields: what one of the tasks has in its data.
        is_cut: whether the teacher is shown a part of a text alone.
    """
    texts = [task.text for task in tasks if task.text.strip()]
    if tasks and not texts:
        return TextCheck(refusal=_describe_missing(tasks, schema, fields))
    refusal = describe_addresses([find_own_section(text, schema) for text in texts])
    return TextCheck(refusal=refusal, warnings=_list_warnings(tasks, texts, is_cut))


def _describe_missing(tasks: Sequence[TaskText], schema: LabelSchema, fields: Sequence[str]) -> str:
    ((fault, _),) = Counter(task.fault or TextFault.EMPTY for task in tasks).most_common(1)
    if fault.is_of_file:
        return (
            f"None of the {spell_quantity(len(tasks), 'task')} looked at has a text in '{schema.text_field}' that can "
            f"be used, but {fault}. {advise([fault])}"
        )
    shape = f" {describe_shape(schema.own_text)}." if fault is TextFault.NO_TEXT else ""
    has = f" The data of a task has {', '.join(repr(name) for name in fields)}." if fields else ""
    return (
        f"None of the {spell_quantity(len(tasks), 'task')} looked at has a text in '{schema.text_field}' that "
        "can be used, but "
        f"{fault}.{shape}{has} Name the field of the text in the label config, or import the texts."
    )


def describe_addresses(texts: Sequence[str]) -> str | None:
    """Why most of these texts are none, but say where the texts are; None where most are texts.

    >>> describe_addresses(["s3://bucket/1.txt", "The parcel is late", "See https://example.com"])
    """
    addresses = [text.strip() for text in texts if is_address(text)]
    if len(addresses) <= len(texts) / 2:
        return None
    shown = ", ".join(dict.fromkeys(_show(address) for address in addresses[:N_SHOWN]))
    return (
        f"{len(addresses):,} of the {spell_quantity(len(texts), 'text')} looked at "
        f"{choose_form(len(addresses), 'is an address', 'are addresses')}, such as {shown}: the teacher would "
        "be asked about the address and not about what is there. Import the texts themselves, or, where Label Studio "
        'has the files, write valueType="url" into the tag that shows them.'
    )


def _show(address: str) -> str:
    """An address without what may open it (signatures, passwords) and without the data that it may hold.

    >>> _show("https://ann:secret@example.com/1.txt?sig=secret"), _show("data:text/plain;base64,SGVsbG8=")
    ('https://…@example.com/1.txt?…', 'data:text/plain;base64,…')
    """
    open_part = re.sub(r"//[^/@]*@", "//…@", re.sub(r"([?#,]).*", r"\1…", address, count=1, flags=re.DOTALL))
    return cut_to_line(open_part, 80)


def is_address(text: str) -> bool:
    """Whether a text says only where another is: in a storage, on the web, in a file.

    >>> is_address("s3://bucket/reviews/1.txt"), is_address("/data/local-files/?d=a b.txt"), is_address("Late. /data")
    (True, True, False)
    """
    return len(text) <= 4000 and _ADDRESS.fullmatch(text.strip()) is not None


def cut_to_line(text: str, n_characters: int) -> str:
    r"""A text in one line of that many characters at most.

    >>> cut_to_line("one\n two three", 9)
    'one two …'
    """
    line = " ".join(text[: 10 * n_characters].split())
    return line if len(line) <= n_characters else line[: n_characters - 1] + "…"


def _list_warnings(tasks: Sequence[TaskText], texts: Sequence[str], is_cut: Callable[[str], bool]) -> tuple[str, ...]:
    said = []
    n_without = len(tasks) - len(texts)
    if n_without > MANY * len(tasks):
        advice = advise(task.fault for task in tasks if task.fault is not None)
        said.append(
            f"{n_without:,} of the {len(tasks):,} tasks looked at {choose_form(n_without, 'has', 'have')} no "
            "text that can be used: "
            f"{choose_form(n_without, 'it is', 'they are')} left alone. {advice}".rstrip()
        )
    if len(texts) > 1 and len(set(texts)) == 1:
        said.append(f"The {len(texts):,} texts looked at are all the same: one is asked about, and all get its label.")
    n_cut = sum(map(is_cut, texts))
    if n_cut > MANY * len(texts):
        said.append(
            f"{n_cut:,} of the {len(texts):,} texts looked at {choose_form(n_cut, 'is', 'are')} longer than "
            "what an LLM is shown of a text: it sees "
            "their head and tail (MRARU_MAX_TEXT_TOKENS)."
        )
    return tuple(said)
