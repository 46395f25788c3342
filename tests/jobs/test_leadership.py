"""How long a leader may believe in its lead while nobody can confirm it."""

from pathlib import Path
from typing import Any

import pytest

from jobs import leadership
from jobs.leadership import Lead
from jobs.office import open_office
from models.database import Database
from scheduler.usecases.leases import take
from tests.applications import config_for


@pytest.mark.parametrize("answered_at, still_leads", [(9.95, True), (12.9, False)])
def test_an_attempt_that_ends_after_the_lease_is_no_lead(
    sqlite_database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    answered_at: float,
    still_leads: bool,
) -> None:
    """The attempt begins within the lease; how long it waits for a database that is away counts as well."""
    seconds = 100.0
    monkeypatch.setattr(leadership, "monotonic", lambda: seconds)
    office = open_office(config_for(sqlite_database, tmp_path))
    lead = Lead(office)
    assert lead.is_held()
    office.database.dispose()
    Path(str(office.database.url.database)).rename(tmp_path / "away.db")

    def take_late(*lease: Any, **times: Any) -> bool:
        nonlocal seconds
        seconds = 100 + answered_at
        return take(*lease, **times)

    monkeypatch.setattr(leadership, "take", take_late)
    seconds = 109.9

    assert lead.is_held() is still_leads
    assert seconds == 100 + answered_at
