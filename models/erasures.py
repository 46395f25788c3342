"""Rows that say whose data were erased on request, so that a restored backup forgets them again."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class Erasure(Base):
    """One entry of a person, by nothing but its random number; `erased_at` is office time."""

    __tablename__ = "erasures"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(unique=True)
    erased_at: Mapped[datetime]
