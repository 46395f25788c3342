"""Short contacts: what is dealt with in passing and only counted, without person or slot."""

from enum import StrEnum


class ContactKind(StrEnum):
    """`sent_on`: somebody without an appointment was told how the concern is settled without a visit."""

    DOCUMENTS = "documents"
    QUESTION = "question"
    SENT_ON = "sent_on"
