"""Whether the project asks what this backend can answer, about texts that are there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from mraru.doctor.examined import Examined
from mraru.doctor.findings import Finding, Severity
from mraru.errors import LabelConfigError
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.labelstudio.texts.shown_text import describe_shape
from mraru.labelstudio.texts.text_advice import advise
from mraru.quantities import spell_quantity
from mraru.records import TaskText, TextFault
from mraru.schema_records import LabelSchema

MOST_LISTED = 5000  # tasks that are looked at; they take Label Studio 2 s
MOST_FETCHED = 100  # tasks that are looked at where each may take a request of its own
MOST_NAMED = 5  # tasks in one message


def check_label_config(examined: Examined) -> Iterator[Finding]:
    """The label config asks one choice about one text."""
    try:
        label_config = examined.known_there.description.label_config
        examined.schema = parse_label_config(label_config, examined.selection)
    except LabelConfigError as exc:
        yield Finding(
            code="label-config-unsupported",
            severity=Severity.ERROR,
            message=f"The label config of project {examined.project_id} cannot be used. {exc}",
            remedy="Change it in the project's Settings > Labeling Interface.",
            is_blocking=True,
        )


def check_texts(examined: Examined) -> Iterator[Finding]:
    """There are tasks, and they have texts."""
    project_id, schema = examined.project_id, examined.known_schema
    most = MOST_FETCHED if schema.has_addresses else MOST_LISTED
    tasks = list(islice(examined.client.list_tasks(project_id, schema), most))
    without = [task for task in tasks if not task.text.strip()]
    looked_at = f"the first {most:,} tasks" if len(tasks) == most else spell_quantity(len(tasks), "task")
    if not tasks:
        yield Finding(
            code="tasks-missing",
            severity=Severity.WARNING,
            message=f"Project {project_id} has no tasks.",
            remedy="Import some in Label Studio.",
        )
    elif without:
        examined.tells_of_texts = True
        yield _tell_of_texts(project_id, schema, without, looked_at, has_any=len(without) < len(tasks))


def _tell_of_texts(
    project_id: int, schema: LabelSchema, without: Sequence[TaskText], looked_at: str, *, has_any: bool
) -> Finding:
    of_files = [task.fault for task in without if task.fault is not None and task.fault.is_of_file]
    if of_files:
        return _tell_of_files(project_id, without, of_files, looked_at, has_any=has_any)
    if not has_any:
        return Finding(
            code="texts-missing",
            severity=Severity.ERROR,
            message=f"None of {looked_at} of project {project_id} has a text in '{schema.text_field}', which the label "
            "config reads.",
            remedy='Name the field that the tasks have in the label config (value="$field"), or import tasks with '
            f"'{schema.text_field}': {describe_shape(schema.own_text)}.",
        )
    named = _name(without)
    verb = "has" if len(without) == 1 else "have"
    return Finding(
        code="texts-empty",
        severity=Severity.WARNING,
        message=f"{len(without):,} of {looked_at} of project {project_id} {verb} no text in "
        f"'{schema.text_field}', and so no label: {named}.",
        remedy="Give these tasks a text, or delete them.",
    )


def _tell_of_files(
    project_id: int, without: Sequence[TaskText], faults: Sequence[TextFault], looked_at: str, *, has_any: bool
) -> Finding:
    """Of texts that are in files, and could not be had from there."""
    reasons = ", ".join(dict.fromkeys(faults))
    return Finding(
        code="files-not-read",
        severity=Severity.WARNING if has_any else Severity.ERROR,
        message=f"{len(without):,} of {looked_at} of project {project_id} have no text that can be used ({reasons}): "
        f"{_name(without)}.",
        remedy=advise(faults),
    )


def _name(tasks: Sequence[TaskText]) -> str:
    return ", ".join(str(task.task_id) for task in tasks[:MOST_NAMED]) + (", ..." if len(tasks) > MOST_NAMED else "")
