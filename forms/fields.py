"""What was typed into a field, as the office reads it."""

from wtforms import Field


def typed(field: Field) -> str:
    return str(field.data or "").strip()


def lines(field: Field) -> str:
    """Several lines as typed; browsers end each with CR LF."""
    return typed(field).replace("\r\n", "\n")
