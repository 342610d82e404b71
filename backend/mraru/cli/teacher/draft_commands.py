"""The commands of `mraru labels` around drafts of definitions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from mraru.cli.arguments import ProjectArgument

LabelArgument = Annotated[str, typer.Argument(help="A label by its value or its alias.")]
YesOption = Annotated[bool, typer.Option("--yes", help="Ask the LLM without waiting for a confirmation.")]


def suggest(
    project_id: ProjectArgument,
    label: Annotated[
        str | None, typer.Option("--label", help="Whose definition; without it, each label that is often corrected.")
    ] = None,
    yes: YesOption = False,
) -> None:
    """List what people correct and have the LLM draft sharper definitions; says the cost before."""
    from mraru.bootstrap import Services
    from mraru.cli.interrupts import ends_in_order
    from mraru.cli.teacher.label_drafts import suggest_definitions
    from mraru.settings import load_settings

    with ends_in_order(Services(load_settings())) as services:
        suggest_definitions(services, project_id, label, confirm=_confirm(yes))


def accept(
    project_id: ProjectArgument,
    label: LabelArgument,
    text: Annotated[
        str | None, typer.Option("--text", help="What you made of the draft; this is used in its place.")
    ] = None,
    without_trial: Annotated[
        bool, typer.Option("--without-trial", help="Use it without trying it on texts that people labelled.")
    ] = False,
    texts: Annotated[
        int | None, typer.Option("--texts", min=1, help="Most texts to try it on; MRARU_TRIAL_TEXTS without it.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Ask the LLM and do what is recommended, unasked.")] = False,
) -> None:
    """Try a draft on texts that people labelled, then have the LLM told it; says the cost before."""
    from mraru.bootstrap import Services
    from mraru.cli.interrupts import ends_in_order
    from mraru.cli.teacher.label_drafts import accept_definition
    from mraru.settings import load_settings

    def decide(question: str, recommended: bool) -> bool:
        if yes:
            typer.echo(question)
            return recommended
        return typer.confirm(question, default=recommended)

    with ends_in_order(Services(load_settings())) as services:
        accept_definition(
            services,
            project_id,
            label,
            definition=text,
            without_trial=without_trial,
            n_texts=texts,
            confirm=_confirm(yes),
            decide=decide,
        )


def dismiss(project_id: ProjectArgument, label: LabelArgument) -> None:
    """Forget the draft of a label's definition."""
    from mraru.bootstrap import Services
    from mraru.cli.teacher.label_drafts import dismiss_draft
    from mraru.settings import load_settings

    dismiss_draft(Services(load_settings()), project_id, label)


def _confirm(yes: bool) -> Callable[[str], bool]:
    def confirm(question: str) -> bool:
        if yes:
            typer.echo(question)
            return True
        return typer.confirm(question)

    return confirm
