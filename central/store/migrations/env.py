"""What Alembic runs: on the connection that `central.store.migrate` opened."""

from alembic import context

from central.store.models import Base

attributes = context.config.attributes
context.configure(
    connection=attributes["connection"], target_metadata=Base.metadata, render_item=attributes.get("render_item")
)
with context.begin_transaction():
    context.run_migrations()
