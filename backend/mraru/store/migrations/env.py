"""Alembic's entry: runs the migrations on the connection that `Database` hands over."""

from alembic import context

from mraru.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
