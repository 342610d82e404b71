"""Label configs that ask for something else than labels of whole texts, and never will be answered here."""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree.ElementTree import Element

MEDIA_TAGS = frozenset(
    ("Audio", "AudioPlus", "Image", "ImageCompare", "PDF", "Pdf", "TimeSeries", "Video", "BitMask", "Ocr")
)
REGION_TAGS = frozenset(
    (
        "Labels",
        "Brush",
        "Ellipse",
        "KeyPoint",
        "MagicWand",
        "Polygon",
        "Rectangle",
        "VideoRectangle",
        "Vector",
        "Relations",
    )
)


def describe_out_of_scope(root: Element, objects: Mapping[str | None, Element]) -> str | None:
    """One sentence that names what is asked for, where that is regions or other media alone; else None."""
    asked = []
    for tag in root.iter():
        if not (tag.get("name") and tag.get("toName")):
            continue
        about = objects.get(tag.get("toName"))
        is_media = about is not None and about.tag in MEDIA_TAGS
        if not is_media and tag.tag not in REGION_TAGS and not tag.tag.endswith("Labels"):
            return None
        asked.append(f"<{tag.tag}>" + (f" on <{about.tag}>" if about is not None else ""))
    if not asked:
        return None
    return (
        f"The label config asks for {', '.join(dict.fromkeys(asked))}, but this backend labels whole texts: no images, "
        "audio or video, and no regions of a text."
    )
