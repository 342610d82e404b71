"""More tables: labels that a label config no longer has."""

from __future__ import annotations

from sqlalchemy import Column, Float, Integer, String, Table

from mraru.store.tables.project_tables import metadata

label_renames = Table(
    "label_renames",  # what people said became of a label; all that was said under the old name is read as the new one
    metadata,
    Column("project_id", Integer, primary_key=True, autoincrement=False),
    Column("old_label", String, primary_key=True),  # as stored by Label Studio, and so as Label Studio still has it
    Column("new_label", String, nullable=False),
    Column("renamed_at", Float, nullable=False),
)

former_prompts = Table(
    "former_prompts",  # prompts that differ in a renamed label: an answer to the former is one to the present one
    metadata,
    Column("project_id", Integer, primary_key=True, autoincrement=False),
    Column("model", String, primary_key=True),
    Column("server", String, primary_key=True),
    Column("prompt_version", String, primary_key=True),
    Column("former_version", String, primary_key=True),
    Column("old_label", String, primary_key=True),  # of the renaming that made them one
)

set_aside_labels = Table(
    "set_aside_labels",  # labels, as people's annotations have them, that do not count now
    metadata,
    Column("project_id", Integer, primary_key=True, autoincrement=False),
    Column("label", String, primary_key=True),
)
