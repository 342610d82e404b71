"""Alembic's entry: runs the migrations on the connection that `Database` hands over."""

from alembic import context

import mraru.store.tables.review_tables  # more tables of the same metadata
import mraru.store.tables.teacher_tables  # noqa: F401
from mraru.store.tables.project_tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
