"""The sample centre looks alive at whatever moment it is made, and obeys every rule."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tthc_tui.core.base import VIETNAM
from tthc_tui.core.codes import parse_code
from tthc_tui.core.states import State
from tthc_tui.core.views import DossierLine, DossierQuery, DueQuery
from tthc_tui.desk import Desk
from tthc_tui.sample import build_sample, ensure_demo
from tthc_tui.store.dossiers import compare
from tthc_tui.store.sqlite import SqliteStore

MOMENTS = {
    "a weekday morning": datetime(2026, 11, 25, 9, 30, tzinfo=VIETNAM),
    "Saturday night": datetime(2026, 11, 21, 22, 40, tzinfo=VIETNAM),
    "Tết 2026": datetime(2026, 2, 18, 0, 5, tzinfo=VIETNAM),
}


@dataclass
class Sample:
    """A sample centre as its officers see it at `now`."""

    now: datetime
    desk: Desk
    lines: list[DossierLine]


@pytest.fixture(scope="module", params=MOMENTS, ids=str)
def sample(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sample]:
    now = MOMENTS[request.param]
    path = tmp_path_factory.mktemp("sample") / "tthc.db"
    build_sample(path, now)
    with SqliteStore(path) as store:
        desk = Desk(store, lambda: now, officer="lan", counter="01")
        yield Sample(now, desk, desk.lines(desk.find(DossierQuery())))


def test_overdue_today_and_at_risk_are_all_there(sample: Sample) -> None:
    due = sample.desk.due_counts()
    assert 15 <= due.overdue <= 40
    assert 10 <= due.today <= 40
    assert 15 <= due.at_risk <= 60
    assert len(sample.desk.due_rows(DueQuery(bucket="all"))) > due.overdue + due.today + due.at_risk


def test_about_four_hundred_dossiers_in_every_official_state(sample: Sample) -> None:
    states = Counter(line.state for line in sample.lines)
    assert 380 <= len(sample.lines) <= 420
    for state in State:
        assert states[state] >= 5, state
    assert sum(bool(line.coming_to) for line in sample.lines) >= 5
    assert len({line.holder_unit for line in sample.lines}) >= 5
    assert len({line.procedure_code for line in sample.lines}) >= 20


def test_codes_are_official_and_unique_and_people_plausible(sample: Sample) -> None:
    codes = [line.code for line in sample.lines if line.received_at]
    assert len(set(codes)) == len(codes)
    assert all(parse_code(code) for code in codes)
    for line in sample.lines[:60]:
        person = sample.desk.detail(line.id).applicant
        assert person is not None
        assert re.fullmatch(r"0\d{11}", person.number)
        assert unicodedata.is_normalized("NFC", person.name)
        assert not person.name.isascii()


def test_nothing_happened_in_the_future_and_the_projection_is_true(sample: Sample) -> None:
    assert all(line.received_at <= sample.now for line in sample.lines if line.received_at)
    with sample.desk.store.read() as connection:
        assert compare(connection) == []
    for line in sample.lines[::20]:
        assert all(item.at <= sample.now for item in sample.desk.detail(line.id).history)


def test_every_promised_date_is_what_the_engine_counts(sample: Sample) -> None:
    for line in [line for line in sample.lines if line.running][::4]:
        deadline = sample.desk.explain(line.id)
        assert deadline is not None
        assert deadline.due_at == line.due_at, line.code


def test_the_demo_keeps_what_was_typed_until_it_is_reset(tmp_path: Path) -> None:
    now = MOMENTS["a weekday morning"]
    config = ensure_demo(tmp_path, now)
    assert (config.officer, config.data_dir) == ("lan", tmp_path / "demo")

    def notes() -> list[str]:
        with SqliteStore(config.database) as store:
            desk = Desk(store, lambda: now + timedelta(minutes=1), officer="lan")
            found = desk.find(DossierQuery(states=frozenset({State.NEW})))
            return [item.text for line in desk.lines(found) for item in desk.detail(line.id).history]

    with SqliteStore(config.database) as store:
        desk = Desk(store, lambda: now + timedelta(minutes=1), officer="lan")
        newest = desk.lines(desk.find(DossierQuery(states=frozenset({State.NEW}))))[0]
        desk.note(newest.id, "Gõ thử một ghi chú")
    ensure_demo(tmp_path, now + timedelta(minutes=2))
    assert any("Gõ thử một ghi chú" in text for text in notes())
    ensure_demo(tmp_path, now, reset=True)
    assert not any("Gõ thử một ghi chú" in text for text in notes())
    assert [path.name for path in tmp_path.iterdir()] == ["demo"]
