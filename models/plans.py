"""Rows of the operating plan: its versions, when phases were planned, and what bookings refer to."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Word
from scheduler.domain.resources import Kind


class PlanVersion(Base):
    """One state of the whole plan, never changed once written; the newest holds.

    `document` is a plan file in the form that an export has, `digest` its SHA-256.
    """

    __tablename__ = "plan_versions"

    id: Mapped[int] = mapped_column(primary_key=True)
    planned_at: Mapped[datetime]
    document: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64))


class PlanDraft(Base):
    """The one draft there is at a time, made from the version `base_id`; `version` counts its changes.

    `document` is a plan file as an export writes it, so that whatever is kept here can be read.
    """

    __tablename__ = "plan_drafts"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    base_id: Mapped[int] = mapped_column(ForeignKey("plan_versions.id"))
    document: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(80))


class PhasePlanning(Base):
    """Since when (office time) a phase is planned as it now stands; its effects are not due before."""

    __tablename__ = "phase_plannings"

    phase_key: Mapped[str] = mapped_column(String(64), primary_key=True)
    planned_at: Mapped[datetime]
    version_id: Mapped[int] = mapped_column(ForeignKey("plan_versions.id"))


class ResourceRow(Base):
    """A place that the plan has, or had while bookings refer to it (`retired_at`)."""

    __tablename__ = "resources"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[Kind] = mapped_column(Word(Kind))
    site: Mapped[str] = mapped_column(String(64))
    name: Mapped[dict[str, str]]
    retired_at: Mapped[datetime | None]


class ServiceRow(Base):
    """A service that the plan has, or had while bookings refer to it (`retired_at`)."""

    __tablename__ = "services"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[dict[str, str]]
    retired_at: Mapped[datetime | None]
