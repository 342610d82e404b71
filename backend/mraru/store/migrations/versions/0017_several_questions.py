"""Several questions of one label config are answered together: projects of before go on with the one they had"""

from __future__ import annotations

import json
from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError, fromstring

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("opinions", sa.Column("least_certain", sa.String(), nullable=True))
    connection = op.get_bind()
    rows = connection.execute(sa.text("SELECT project_id, label_config FROM projects WHERE only_control IS NULL")).all()
    for project_id, label_config in rows:
        only = _find_former(label_config or "")
        if only is not None:
            values = {"project_id": project_id, "only": only, "json": json.dumps(only)}
            connection.execute(
                sa.text("UPDATE projects SET only_control = :only WHERE project_id = :project_id"), values
            )
            connection.execute(
                sa.text(
                    "INSERT OR IGNORE INTO project_settings (project_id, name, value, changed_at) "
                    "VALUES (:project_id, 'only', :json, 0)"
                ),
                values,
            )


def downgrade() -> None:
    op.drop_column("opinions", "least_certain")


def _find_former(label_config: str) -> str | None:
    """The control that earlier versions answered where several can be; None where they answered the only one, or none.

    Choices of one label went first, then choices of several, then taxonomies and ratings; none that is seen sometimes.
    """
    if "<!DOCTYPE" in label_config.upper():
        return None
    try:
        root = fromstring(label_config)  # without a document type there are no entities  # nosec B314
    except (ParseError, ValueError):
        return None
    controls = list(_list_controls(root, root))
    choices = [tag for tag in controls if tag.tag == "Choices"]
    meant = [tag for tag in choices if tag.get("choice", "single") != "multiple"] or choices or controls
    return meant[0].get("name") if len(meant) == 1 and len(controls) > 1 else None


def _list_controls(tag: Element, root: Element) -> Iterator[Element]:
    """The controls within a tag that every annotator sees, and that have labels to choose from."""
    if tag.get("visibleWhen") or tag.get("whenChoiceValue"):
        return
    if tag.tag in ("Choices", "Taxonomy", "Rating"):
        named = any(each.get("name") == tag.get("toName") for each in root.iter() if not each.get("toName"))
        n_labels = sum(1 for each in tag.iter("Choice") if each.get("value"))
        is_dynamic = any(tag.get(name) for name in ("value", "apiUrl", "perRegion", "perItem", "allowNested"))
        if tag.get("name") and named and not is_dynamic and (tag.tag == "Rating" or n_labels > 1):
            yield tag
        return
    for inner in tag:
        yield from _list_controls(inner, root)
