"""Runs the migrations on the connection that `models.schema` gives; there is no other way to a schema."""

from alembic import context

from models.base import Base
from models.schema import load_models

load_models()
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
    user_module_prefix="models.base.",
)
with context.begin_transaction():
    context.run_migrations()
