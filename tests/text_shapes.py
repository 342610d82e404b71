"""Label configs that show texts in every way there is, with tasks, and the texts that people then read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mraru.schema_records import NOTHING_CHOSEN, ConfigSelection

CHOICES = '<Choice value="A"/><Choice value="B"/>'


@dataclass(frozen=True, kw_only=True)
class TextShape:
    """One way, with the truth."""

    name: str
    tags: str  # that show texts; `t` is what the choice is about
    tasks: tuple[dict[str, Any], ...]
    texts: tuple[str, ...]  # as they are to be read
    selection: ConfigSelection = NOTHING_CHOSEN
    cells: tuple[str, ...] = ()  # what the editor shows of the first task, where that is not the text itself

    @property
    def config(self) -> str:
        return self.about(self.tags)

    @staticmethod
    def about(tags: str) -> str:
        """A label config with a choice about these tags."""
        return f'<View>{tags}<Choices name="label" toName="t">{CHOICES}</Choices></View>'


CHAT = [{"author": "Ann", "text": "The parcel is late."}, {"author": "Shop", "text": "We <are> sorry."}]
HITS = [{"id": "mdn", "title": "Arrays", "body": "A list of things"}, {"id": 7, "html": "<p>Bold <b>words</b></p>"}]
PERSON = {"name": "Ann", "Age": 40, "tags": ["new", 1], "notes": None}
TWO_TEXTS = '<Text name="question" value="$asked"/><HyperText name="t" value="$said"/>'

SHAPES = (
    TextShape(
        name="text",
        tags='<Text name="t" value="$body"/>',
        tasks=({"body": "One <b>& two</b>\n\nthree"}, {"body": "ünï"}),
        texts=("One <b>& two</b>\n\nthree", "ünï"),
    ),
    TextShape(
        name="html",
        tags='<HyperText name="t" value="$body"/>',
        tasks=({"body": "<h1>Title</h1><p>One &amp; two</p><style>p {}</style>"},),
        texts=("Title\nOne & two",),
        cells=("Title", "One & two"),
    ),
    TextShape(
        name="numbers and lists",
        tags='<Text name="t" value="$body"/>',
        tasks=({"body": 5}, {"body": 2.50}, {"body": ["one", 2, [3, None], True]}, {"body": True}),
        texts=("5", "2.5", "one,2,3,,true", "true"),
    ),
    TextShape(
        name="nested",
        tags='<Text name="t" value="$ticket.body"/>',
        tasks=({"ticket": {"body": "late"}}, {"ticket": {"body": 12}}),
        texts=("late", "12"),
    ),
    TextShape(
        name="dialogue",
        tags='<Paragraphs name="t" value="$chat" layout="dialogue"/>',
        tasks=({"chat": CHAT}, {"chat": [{"author": "", "text": "Hello"}, {"text": "you"}]}),
        texts=("Ann: The parcel is late.\nShop: We <are> sorry.", "Hello\nyou"),
        cells=("Ann", "The parcel is late.", "Shop", "We <are> sorry."),
    ),
    TextShape(
        name="dialogue with other keys",
        tags='<Paragraphs name="t" value="$chat" nameKey="who" textKey="said"/>',
        tasks=({"chat": [{"who": "Ann", "said": "Hello"}, {"who": "Bob", "said": 2}]},),
        texts=("Ann: Hello\nBob: 2",),
        cells=("Ann", "Hello", "Bob", "2"),
    ),
    TextShape(
        name="list",
        tags='<List name="t" value="$hits" title="Found"/><Ranker name="rank" toName="t"/>',
        tasks=({"hits": HITS},),
        texts=("Bold words\n\nArrays\nA list of things",),
        cells=("Bold words", "Arrays", "A list of things"),
    ),
    TextShape(
        name="table of an object",
        tags='<Table name="t" value="$person"/>',
        tasks=({"person": PERSON}, {"person": '{"a": true, "b": 1.0}'}),
        texts=('Age: 40\nname: Ann\nnotes: null\ntags: ["new",1]', "a:\nb: 1"),
        cells=("Age", "40", "name", "Ann", "notes", "null", "tags", '["new",1]'),
    ),
    TextShape(
        name="table of rows",
        tags='<Table name="t" value="$people"/>',
        tasks=({"people": [{"name": "Ann", "age": 40}, {"name": "Bob", "town": "Ulm"}]}, {"people": ["red", 2]}),
        texts=("name: Ann\nage: 40\n\nname: Bob\ntown: Ulm", "0: red\n1: 2"),
        cells=("name", "Ann", "age", "40", "Bob", "town", "Ulm"),
    ),
    TextShape(
        name="several texts",
        tags=TWO_TEXTS,
        tasks=({"asked": "Does it work?", "said": "<b>It</b> does."}, {"asked": "", "said": "No."}),
        texts=("question:\nDoes it work?\n\nt:\nIt does.", "t:\nNo."),
        selection=ConfigSelection(texts=("question", "t")),
        cells=("Does it work?", "It does."),
    ),
    TextShape(
        name="one of several questions",
        tags=f'{TWO_TEXTS}<Choices name="other" toName="question">{CHOICES}</Choices>',
        tasks=({"asked": "Does it work?", "said": "<b>It</b> does."},),
        texts=("It does.",),
        selection=ConfigSelection(only="label"),
        cells=("It does.",),
    ),
)
