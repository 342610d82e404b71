"""More tables: what is known of the servers of the models."""

from __future__ import annotations

from sqlalchemy import Column, Float, Integer, String, Table, Text

from mraru.store.tables.project_tables import metadata

capabilities = Table(
    "capabilities",  # what the server of a model was found to understand
    metadata,
    Column("server", String, primary_key=True),
    Column("model", String, primary_key=True),
    Column("found", Text, nullable=False),  # JSON object
    Column("found_at", Float, nullable=False),
)

overruns = Table(
    "overruns",  # models of which a call used more than was reserved for it
    metadata,
    Column("server", String, primary_key=True),
    Column("model", String, primary_key=True),
    Column("factor", Float, nullable=False),
    Column("seen_at", Float, nullable=False),
)

teacher_health = Table(
    "teacher_health",  # what the worker knows of a model's server, for whoever watches
    metadata,
    Column("server", String, primary_key=True),
    Column("model", String, primary_key=True),
    Column("circuit", String, nullable=False),  # closed, open or half-open
    Column("n_failures", Integer, nullable=False, default=0),  # in a row
    Column("opened_until", Float),
    Column("last_error", Text),
    Column("requests_per_minute", Float),  # limits that the server told; NULL: none told
    Column("tokens_per_minute", Float),
    Column("updated_at", Float, nullable=False),
)

label_watches = Table(
    "label_watches",  # of a project's LLM that named labels too seldom: what was answered before counts no more
    metadata,
    Column("project_id", Integer, primary_key=True, autoincrement=False),
    Column("server", String, primary_key=True),
    Column("model", String, primary_key=True),
    Column("prompt_version", String, primary_key=True),
    Column("after_call_id", Integer, nullable=False),
)
