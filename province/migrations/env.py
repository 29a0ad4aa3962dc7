"""Run by Alembic: takes the steps on the connection that ``province.migrating`` hands over, in its transaction."""

from alembic import context

from province.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
