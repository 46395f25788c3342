"""The words by which people are found, their household number, and an index of birth dates."""

import sqlalchemy as sa
from alembic import op

from scheduler.domain.people import Customer, search_words

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_LENGTH = 40
_WORD = sa.String(length=_LENGTH).with_variant(sa.String(length=_LENGTH, collation="C"), "postgresql")
_PEOPLE = sa.table(
    "people", sa.column("id", sa.Uuid()), sa.column("name", sa.String()), sa.column("number", sa.String())
)
_WORDS = sa.table(
    "person_words",
    sa.column("word", sa.String()),
    sa.column("person_id", sa.Uuid()),
    sa.column("backwards", sa.String()),
)
_AT_ONCE = 1000


def upgrade() -> None:
    op.add_column("people", sa.Column("household", sa.String(length=40), nullable=True))
    op.create_index("ix_people_born", "people", ["born"], unique=False)
    op.create_table(
        "person_words",
        sa.Column("word", _WORD, nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("backwards", _WORD, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_person_words_person_id_people"),
        sa.PrimaryKeyConstraint("word", "person_id", name="pk_person_words"),
    )
    _fill()
    op.create_index("ix_person_words_backwards", "person_words", ["backwards"], unique=False)
    op.create_index("ix_person_words_person_id", "person_words", ["person_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_person_words_person_id", table_name="person_words")
    op.drop_index("ix_person_words_backwards", table_name="person_words")
    op.drop_table("person_words")
    op.drop_index("ix_people_born", table_name="people")
    op.drop_column("people", "household")


def _fill() -> None:
    """By the rule by which the program looks for them; a later rule needs a migration that fills anew."""
    connection = op.get_bind()
    some = sa.select(_PEOPLE.c.id, _PEOPLE.c.name, _PEOPLE.c.number).order_by(_PEOPLE.c.id).limit(_AT_ONCE)
    rows = connection.execute(some).all()
    while rows:
        found = [
            {"word": word, "person_id": row.id, "backwards": word[::-1]}
            for row in rows
            for word in search_words(Customer(row.name, number=row.number))
        ]
        if found:
            connection.execute(sa.insert(_WORDS), found)
        rows = connection.execute(some.where(_PEOPLE.c.id > rows[-1].id)).all()
