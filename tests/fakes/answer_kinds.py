"""Label configs of every kind that one label answers."""

from __future__ import annotations

NESTED = (
    '<Choice value="Animal" alias="an"><Choice value="Dog" alias="d"/><Choice value="Cat"><Choice value="Lion"/>'
    '</Choice></Choice><Choice value="Plant"/>'
)
BESIDE = '<TextArea name="why" toName="text"/><Number name="count" toName="text"/><DateTime name="when" toName="text"/>'


def config_of(control: str) -> str:
    """A label config with this control about the field `text`."""
    return f'<View><Text name="text" value="$text"/>{control}</View>'


def choices(inner: str, attributes: str = "") -> str:
    return config_of(f'<Choices name="label" toName="text" {attributes}>{inner}</Choices>')


def taxonomy(inner: str = NESTED, attributes: str = "") -> str:
    return config_of(f'<Taxonomy name="label" toName="text" maxUsages="1" {attributes}>{inner}</Taxonomy>')


def rating(attributes: str = "") -> str:
    return config_of(f'<Rating name="label" toName="text" {attributes}/>')


# Label configs that are taken, and the labels of each.
KINDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "single": (choices('<Choice value="A"/><Choice value="B"/>', 'choice="single"'), ("A", "B")),
    "single-radio": (
        choices(
            '<Choice value="A" hotkey="a"/><Choice value="B" hint="or not"/>', 'choice="single-radio" required="true"'
        ),
        ("A", "B"),
    ),
    "dropdown": (choices('<Choice value="A"/><Choice value="B" selected="true"/>', 'layout="select"'), ("A", "B")),
    "aliases": (choices('<Choice value="A" alias="a"/><Choice value="B"/>', 'showInline="true"'), ("a", "B")),
    "nested choices": (choices(NESTED), ("an", "Plant")),
    "choices in views": (
        choices('<View><Choice value="A"/></View><View><Header value="Or"/><View><Choice value="B"/></View></View>'),
        ("A", "B"),
    ),
    "flat taxonomy": (taxonomy('<Choice value="A"/><Choice value="B" alias="b"/>'), ("A", "b")),
    "deep taxonomy": (taxonomy(), ("an", "an / d", "an / Cat", "an / Cat / Lion", "Plant")),
    "taxonomy of leaves": (
        taxonomy(attributes='leafsOnly="true" showFullPath="true" minWidth="300px" placeholder="Choose"'),
        ("an / d", "an / Cat / Lion", "Plant"),
    ),
    "taxonomy with a separator": (
        taxonomy('<Choice value="and / or"><Choice value="A"/></Choice>', 'pathSeparator=" > "'),
        ("and / or", "and / or > A"),
    ),
    "rating": (rating('defaultValue="3" icon="star" size="large" hotkey="r"'), ("1", "2", "3", "4", "5")),
    "rating of 10": (rating('maxRating="10"'), tuple(str(stars) for stars in range(1, 11))),
    "rating beside others": (
        config_of(f'<Rating name="label" toName="text" maxRating="3"/>{BESIDE}'),
        ("1", "2", "3"),
    ),
    "taxonomy beside others": (
        config_of(f'{BESIDE}<Taxonomy name="label" toName="text" maxUsages="1">{NESTED}</Taxonomy>'),
        ("an", "an / d", "an / Cat", "an / Cat / Lion", "Plant"),
    ),
}

# Label configs with several questions, and answers to all of them.
MOOD = '<Choices name="mood" toName="text"><Choice value="Good" alias="g"/><Choice value="Bad"/></Choices>'
FOLLOW_UP = (
    '<View visibleWhen="choice-selected" whenTagName="mood" whenChoiceValue="Bad"><Choices name="why" toName="text" '
    'choice="multiple" required="true"><Choice value="Late"/><Choice value="Rude"/></Choices></View>'
)
QUESTIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "two questions": (
        config_of(
            MOOD + '<Choices name="topic" toName="text"><Choice value="Food"/><Choice value="Service"/></Choices>'
        ),
        ("mood: Bad | topic: Food", "mood: g | topic: Service"),
    ),
    "a follow-up": (
        config_of(MOOD + FOLLOW_UP),
        ("mood: g", "mood: Bad | why: Rude", "mood: Bad | why: Late | why: Rude"),
    ),
    "a question of each kind": (
        config_of(
            f'{MOOD}<Taxonomy name="tree" toName="text" maxUsages="1">{NESTED}</Taxonomy>'
            '<Rating name="stars" toName="text" maxRating="3"/>'
            '<Choices name="tags" toName="text" choice="multiple"><Choice value="A"/><Choice value="B"/></Choices>'
        ),
        (
            "mood: g | stars: 2 | tags: A | tags: B | tree: an / d",
            "mood: Bad | stars: 3 | tags: (no label) | tree: Plant",
        ),
    ),
    "about two texts": (
        '<View><Text name="text" value="$text"/><Text name="reply" value="$text"/>'
        f'{MOOD}<Rating name="stars" toName="reply" maxRating="3"/></View>',
        ("mood: g | stars: 2", "mood: Bad | stars: 1"),
    ),
}

TREE = config_of(f'<Taxonomy name="label" toName="text" leafsOnly="true" showFullPath="true">{NESTED}</Taxonomy>')
# Label configs in which several labels may be chosen, and sets of them.
SETS: dict[str, tuple[str, tuple[str, ...]]] = {
    "several choices": (
        choices('<Choice value="A" alias="a"/><Choice value="B"/><Choice value="C"/>', 'choice="multiple"'),
        ("a", "B | a", "B | C | a", "(no label)"),
    ),
    "several choices, one at least": (
        choices('<Choice value="A"/><View><Choice value="B"/></View>', 'choice="multiple" required="true"'),
        ("A", "A | B"),
    ),
    "several paths": (TREE, ("an / d", "Plant | an / d", "an / Cat / Lion | an / d", "(no label)")),
}
