"""Alembic's entry: the connection comes from grader.gradebook.schema, or from a URL on alembic's command line."""

from alembic import context
from sqlalchemy import create_engine

from grader.gradebook.tables import Base

connection = context.config.attributes.get("connection")
if (
    connection is None
):  # `alembic -x url=sqlite:///… revision --autogenerate`, for those who change the tables
    connection = create_engine(context.get_x_argument(as_dictionary=True)["url"]).connect()
context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
