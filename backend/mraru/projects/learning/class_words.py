"""What a class is called, in words that can be embedded."""

from __future__ import annotations

from mraru.schema_records import Choice


def describe_class(choice: Choice, definition: str | None = None) -> str:
    """What is embedded in place of a class: its name, and what the config and the team say of it.

    >>> describe_class(Choice(value="card_arrival", hint="Where is my card?"))
    'This text is about card arrival. Where is my card?'
    >>> describe_class(Choice(value="Animal / Dog", words="Animal: Dog"))
    'This text is about Animal: Dog.'
    """
    name = choice.described.replace("_", " ").strip()
    return " ".join(filter(None, [f"This text is about {name}.", choice.hint, definition]))
