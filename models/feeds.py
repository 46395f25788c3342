"""Rows of the calendar feeds that were given out."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Word
from models.caseworkers import Caseworker
from models.plans import ResourceRow
from scheduler.domain.feeds import FeedKind


class Feed(Base):
    """A secret address, shown once; only its digest is kept. Times are office time."""

    __tablename__ = "feeds"
    __table_args__ = (
        CheckConstraint("(kind = 'place') = (resource_id IS NOT NULL)", name="place_of_its_kind"),
        CheckConstraint("(kind = 'caseworker') = (caseworker_id IS NOT NULL)", name="caseworker_of_its_kind"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    kind: Mapped[FeedKind] = mapped_column(Word(FeedKind))
    resource_id: Mapped[int | None] = mapped_column(ForeignKey("resources.id"))
    caseworker_id: Mapped[int | None] = mapped_column(ForeignKey("caseworkers.id"))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    made_by: Mapped[str] = mapped_column(String(80))
    made_at: Mapped[datetime]
    revoked_by: Mapped[str | None] = mapped_column(String(80))
    revoked_at: Mapped[datetime | None]

    resource: Mapped[ResourceRow | None] = relationship(lazy="raise")
    caseworker: Mapped[Caseworker | None] = relationship(lazy="raise")
