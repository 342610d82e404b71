"""The tables of review: opinions, the audit sample, tabs in Label Studio, and what people set on the dashboard."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, Index, Integer, String, Table, Text

from mraru.store.tables.project_tables import metadata

opinions = Table(
    "opinions",  # of each text that the student has looked at: its own, and what comes of all that is known
    metadata,
    Column("project_id", Integer, primary_key=True, autoincrement=False),
    Column("text_hash", String(32), primary_key=True),
    Column("label", String, nullable=False),  # the student's own
    Column("confidence", Float, nullable=False),  # the student's probability of its label
    Column("final_label", String, nullable=False, server_default=""),  # the likeliest; people's where they gave one
    Column("score", Float, nullable=False),  # how likely the final label is right
    Column("blind_label", String),  # where people labelled the text, the final label if they had not; else NULL
    Column("is_out_of_fold", Boolean, nullable=False),  # the text has a label, and this student has not learned it
    Column("round_number", Integer, nullable=False),  # of the student
    Column("least_certain", String),  # of several questions, the control that the score is about; else NULL
    Index("ix_opinions_score", "project_id", "score"),
)

reliabilities = Table(
    "reliabilities",  # how far the student and the LLM of a project are to be believed, as last fitted
    metadata,
    Column("project_id", Integer, primary_key=True, autoincrement=False),
    Column("round_number", Integer, nullable=False),
    Column("fitted", Text, nullable=False),  # JSON object, see projects.final_labels.question_posteriors
)

audit_samples = Table(
    "audit_samples",  # texts drawn uniformly, whatever anybody says of them, so that people's labels of them tell all
    metadata,
    Column("project_id", Integer, primary_key=True, autoincrement=False),
    Column("frame", String, primary_key=True),  # see review.audit.AuditFrame
    Column("text_hash", String(32), primary_key=True),
    Column("draw_number", Integer, nullable=False),  # in the order of the draws, from 1
    Column("drawn_at", Float, nullable=False),
)

review_tabs = Table(
    "review_tabs",  # tabs of the Data Manager that this backend made
    metadata,
    Column("project_id", Integer, primary_key=True, autoincrement=False),
    Column("kind", String, primary_key=True),  # see labelstudio.views.TabKind
    Column("view_id", Integer, nullable=False),  # its number in Label Studio
    Column("written", Text, nullable=False),  # JSON object: what was last written of it
)

settled_gold = Table(
    "settled_gold",  # of texts on which people differ: what a consensus over all of their labels gave
    metadata,
    Column("project_id", Integer, primary_key=True, autoincrement=False),
    Column("text_hash", String(32), primary_key=True),
    Column("label", String, nullable=False),  # as stored by Label Studio
)

project_settings = Table(
    "project_settings",  # what people set for one project alone
    metadata,
    Column("project_id", Integer, primary_key=True, autoincrement=False),
    Column("name", String, primary_key=True),  # a field of settings.Settings
    Column("value", Text, nullable=False),  # JSON
    Column("changed_at", Float, nullable=False),
)

definition_drafts = Table(
    "definition_drafts",  # proposed definitions of labels that people often correct
    metadata,
    Column("project_id", Integer, primary_key=True, autoincrement=False),
    Column("label", String, primary_key=True),  # as stored by Label Studio
    Column("definition", Text, nullable=False),
    Column("basis", Text, nullable=False),  # JSON object: the corrections that it was drafted from
    Column("created_at", Float, nullable=False),
)
