"""The tables' history, by Alembic. `central.store.migrate` brings a database to `HEAD`.

As long as nothing is released there is one migration, made from the models: `python tools/initial_migration.py`.
"""

HEAD = "0001"
"""The revision this software works with. Revisions are numbered, so that newer and older can be told apart."""
