"""Rows of the links that somebody asked to have sent again."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from scheduler.domain.people import EMAIL_LENGTH


class LinkRequest(Base):
    """An address that somebody typed, as addresses are compared, for the minute until a job has looked."""

    __tablename__ = "link_requests"

    id: Mapped[int] = mapped_column(primary_key=True)
    email_key: Mapped[str] = mapped_column(String(EMAIL_LENGTH))
