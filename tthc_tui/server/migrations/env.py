"""Run by alembic: works on the connection that `tthc_tui.server.migrate` hands over."""

from alembic import context

from tthc_tui.server.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table="schema_version",
    transaction_per_migration=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
