"""The <Choice> tags of a <Taxonomy>: each path to one of them is a label."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from xml.etree.ElementTree import Element

from mraru.labelstudio.label_configs.choice_tags import check_choice_tags, check_labels, find_choice_tags
from mraru.labelstudio.label_configs.config_tags import Parents, Unsupported, read_attribute
from mraru.schema_records import Choice

SEPARATOR = " / "  # Label Studio's default
DEEPEST = 50  # levels


def read_separator(tag: Element) -> str:
    """What stands between the parts of a path.

    >>> read_separator(Element("Taxonomy")), read_separator(Element("Taxonomy", {"pathSeparator": ">"}))
    (' / ', '>')
    """
    return read_attribute(tag, "pathSeparator", SEPARATOR)


def takes_several_paths(tag: Element) -> bool:
    """Whether people may choose more than one path, as Label Studio lets them unless the config says otherwise.

    >>> takes_several_paths(Element("Taxonomy")), takes_several_paths(Element("Taxonomy", {"maxUsages": "1"}))
    (True, False)
    """
    return read_attribute(tag, "maxUsages").strip() != "1"


def read_most(tag: Element) -> int | None:
    """How many paths people may choose at most, where that is said and more than one.

    >>> read_most(Element("Taxonomy", {"maxUsages": "3"})), read_most(Element("Taxonomy", {"maxUsages": "1"}))
    (3, None)
    """
    most = read_attribute(tag, "maxUsages").strip()
    return int(most) if takes_several_paths(tag) and most else None


def read_paths(tag: Element, parents: Parents) -> tuple[Choice, ...]:
    """The labels of a <Taxonomy>, in the config's order: its leaves with leafsOnly="true", else every node.

    Raises:
        Unsupported: they are not in the config, or Label Studio itself would confuse them.
    """
    _check_attributes(tag)
    tags = find_choice_tags(tag)
    others = [inner.tag for inner in tag.iter() if inner is not tag and inner.tag != "Choice"]
    if others:
        raise Unsupported(f"a <{others[0]}> within it, with which Label Studio's editor shows nothing: <Choice> alone")
    check_choice_tags(tags, parents, tag)
    separator = read_separator(tag)
    leaves_only = read_attribute(tag, "leafsOnly", "false") == "true"
    paths = list(_walk(tag))
    shown = Counter(tuple(node.attrib["value"] for node in path) for path in paths)
    twice = [separator.join(path) for path, n_nodes in shown.items() if n_nodes > 1]
    if twice:
        raise Unsupported(f"{twice[0]} stands there twice, of which Label Studio's editor shows the first alone")
    choices = tuple(_read_path(path, separator) for path in paths if not leaves_only or path[-1].find("Choice") is None)
    check_labels(choices)
    return choices


def _check_attributes(tag: Element) -> None:
    if read_attribute(tag, "apiUrl"):
        raise Unsupported(
            f'apiUrl="{read_attribute(tag, "apiUrl")}": its labels must stand in the label config, as <Choice> tags'
        )
    if read_attribute(tag, "labeling", "false") != "false":
        raise Unsupported(f'labeling="{read_attribute(tag, "labeling")}": it is about parts of the text')
    most = read_attribute(tag, "maxUsages").strip()
    if most and not (most.isascii() and most.isdecimal() and int(most) > 0):
        raise Unsupported(f'maxUsages="{most}": write a whole number of paths, or leave it out for any number')
    if not read_separator(tag):
        raise Unsupported('pathSeparator="": Label Studio\'s editor cannot take its paths apart')


def _walk(tag: Element) -> Iterator[tuple[Element, ...]]:
    """The path to each <Choice>, from the root on, in the config's order."""
    waiting: list[tuple[Element, ...]] = [(node,) for node in reversed(tag)]
    while waiting:
        path = waiting.pop()
        if len(path) > DEEPEST:
            raise Unsupported(f"more than {DEEPEST} levels of <Choice> tags")
        yield path
        waiting += [(*path, node) for node in reversed(path[-1])]


def _read_path(path: Sequence[Element], separator: str) -> Choice:
    values = [node.attrib["value"] for node in path]
    stored = tuple(node.get("alias") or node.attrib["value"] for node in path)
    for parts in (tuple(values), stored):
        # The editor joins a path and takes it apart again when somebody chooses it.
        if tuple(separator.join(parts).split(separator)) != parts:
            raise Unsupported(
                f'{separator.join(parts)}: a part of it holds "{separator}", at which Label Studio takes paths apart. '
                'Set pathSeparator="..." to what no part holds'
            )
    value, label = separator.join(values), separator.join(stored)
    return Choice(
        value=value,
        alias=label if label != value else None,
        hint=path[-1].get("hint"),
        path=stored,
        name=values[-1],
        words=": ".join(values),
    )
