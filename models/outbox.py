"""Rows of the outbox: what people are to be told, written with the change that they are told of."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Word
from scheduler.domain.notices import NoticeKind, NoticeState, Template


class OutboxRow(Base):
    """One notice to one person, about a visit, in answer to an enquiry or about a measure.

    `values` is what it says, as things were then; `rendered` is the mail as first sent, so that a retry sends
    the same bytes. Since `forgotten_at` neither says anything of the person; `edition`, that of the wording
    it went out in (adapters.letters), stays. `retry_at` (None: at once) and `leased_until` are real time, the
    others office time. `attempts` counts refusals, `unanswered` how often it was handed over and nobody knows
    how that ended.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        CheckConstraint(
            "CASE WHEN booking_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN enquiry_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN participant_id IS NULL THEN 0 ELSE 1 END = 1",
            name="about_one",
        ),
        Index("ix_outbox_state_kind_id", "state", "kind", "id"),
        Index(
            "ix_outbox_ticked_off",
            "settled_at",
            "id",
            postgresql_where=text("settled_by IS NOT NULL"),
            sqlite_where=text("settled_by IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    booking_id: Mapped[UUID | None] = mapped_column(ForeignKey("bookings.id"), index=True)
    enquiry_id: Mapped[UUID | None] = mapped_column(ForeignKey("enquiries.id"), index=True)
    participant_id: Mapped[UUID | None] = mapped_column(ForeignKey("participants_on_file.id"), index=True)
    run_id: Mapped[int | None] = mapped_column(ForeignKey("phase_runs.id"), index=True)
    kind: Mapped[NoticeKind] = mapped_column(Word(NoticeKind))
    template: Mapped[Template] = mapped_column(Word(Template))
    state: Mapped[NoticeState] = mapped_column(Word(NoticeState))
    values: Mapped[dict[str, Any]]
    uid: Mapped[str] = mapped_column(String(120), index=True)
    message_id: Mapped[str] = mapped_column(String(120), unique=True)
    rendered: Mapped[bytes | None] = mapped_column(LargeBinary)
    attempts: Mapped[int]
    unanswered: Mapped[int] = mapped_column(default=0, server_default="0")
    retry_at: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str | None] = mapped_column(String(80))
    problem: Mapped[str | None] = mapped_column(String(300))
    edition: Mapped[str | None] = mapped_column(String(12), default=None)
    forgotten_at: Mapped[datetime | None] = mapped_column(default=None)
