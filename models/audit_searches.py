"""Rows of the searches of the records by employee: who asked for which, what for, and who decided."""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Word
from models.staff import LOGIN_LENGTH
from scheduler.domain.audit_searches import SearchDecision, SearchState, state_of


class AuditSearch(Base):
    """One search; days are local, times office time. The database itself asks for the second person."""

    __tablename__ = "audit_searches"
    __table_args__ = (
        CheckConstraint("decided_by <> filed_by", name="two_people"),
        CheckConstraint(
            "(decision IS NULL) = (decided_at IS NULL) AND (decision IS NULL) = (decided_by IS NULL)",
            name="decided_as_a_whole",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    login: Mapped[str] = mapped_column(String(LOGIN_LENGTH))
    purpose: Mapped[str] = mapped_column(Text)
    first: Mapped[date]
    last: Mapped[date]
    filed_by: Mapped[str] = mapped_column(String(80))
    filed_at: Mapped[datetime]
    decision: Mapped[SearchDecision | None] = mapped_column(Word(SearchDecision))
    decided_by: Mapped[str | None] = mapped_column(String(80))
    decided_at: Mapped[datetime | None]

    def state(self, now: datetime) -> SearchState:
        return state_of(self.decision, filed_at=self.filed_at, decided_at=self.decided_at, now=now)
