"""Who may come in and see: decided by the posting in force now; what was done before a move still comes in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from alembic import command
from server_tools import UNITS, Backend, code, credentials
from sqlalchemy import text

from tthc_tui.core import events as ev
from tthc_tui.core import wire
from tthc_tui.core.base import VIETNAM
from tthc_tui.core.dated import ALWAYS, FOREVER
from tthc_tui.core.site import Officer, Role, Site, Unit
from tthc_tui.server import admin, migrate
from tthc_tui.server.auth import HASHER
from tthc_tui.server.directory import Account, directory_on
from tthc_tui.server.migrate import connected

FIRST = date(2027, 1, 1)
EVE = FIRST - timedelta(days=1)
MIDNIGHT = datetime(2027, 1, 1, tzinfo=VIETNAM)


@pytest.fixture
def evening() -> Iterator[time_machine.Traveller]:
    """A minute before the new year; time goes on from there."""
    with time_machine.travel(MIDNIGHT - timedelta(minutes=1)) as traveller:
        yield traveller


def enter_move(backend: Backend, unit: str = "mot-cua-b") -> None:
    """Lan goes to another unit on the first of January, entered beforehand."""
    with connected(backend.settings.database) as connection:
        admin.put_postings(
            connection,
            [
                admin.NewOfficer("lan", "Lan", "mot-cua-a", (Role.RECEIVING,), valid_to=EVE),
                admin.NewOfficer("lan", "Lan", unit, (Role.SPECIALIST,), valid_from=FIRST),
            ],
        )


def pass_midnight(backend: Backend, traveller: time_machine.Traveller) -> None:
    """The new year begins; what was known of tokens is some seconds old."""
    traveller.move_to(MIDNIGHT + timedelta(seconds=10))
    backend.app.state.services.gate.forget()


async def test_who_moved_no_longer_sees_the_old_unit_and_sees_the_new_one(
    backend: Backend, evening: time_machine.Traveller
) -> None:
    enter_move(backend)
    lan, bich = await backend.station("lan"), await backend.station("bich")
    lan.receive(code(1))
    await lan.push()
    bich.receive("H15.50.06.13-261231-0001")
    await bich.push()
    assert len((await lan.feed())[0]) == 1
    pass_midnight(backend, evening)
    for path in ("feed", "snapshot", "session"):
        assert (await lan.get(path)).status_code == 401, path
    refused = await backend.http.post(f"{wire.PREFIX}/session", json=credentials("lan"))
    assert refused.status_code == 403  # the device stands in the old unit
    moved = await backend.station("lan", "bich")
    assert (moved.session.unit, moved.session.roles) == ("mot-cua-b", (Role.SPECIALIST,))
    seen = {line.place for line in (await moved.feed())[0]}
    assert seen == {line.place for line in (await bich.feed())[0]}


async def test_what_was_done_before_the_move_still_comes_in_and_nothing_else_does(
    backend: Backend, evening: time_machine.Traveller
) -> None:
    enter_move(backend)
    lan = await backend.station("lan")
    late = lan.outbox
    lan.receive(code(1))  # not sent before midnight
    pass_midnight(backend, evening)
    hung = await backend.station("hung", "lan")
    hung.outbox, hung.seq, hung.persons = late, lan.seq, lan.persons
    (verdict,) = await hung.push()
    assert verdict.verdict == "accepted"
    lan.outbox, lan.clock = [], datetime.now(VIETNAM)
    lan.seq = hung.seq
    lan.receive(code(2))  # with the old unit, on a day of the new one
    hung.outbox, hung.seq, hung.persons = lan.outbox, lan.seq, lan.persons
    (verdict,) = await hung.push()
    assert verdict.verdict == "refused"
    assert "không thuộc đơn vị" in verdict.reason


async def test_a_posting_that_ended_lets_nobody_in_and_says_since_when(
    backend: Backend, evening: time_machine.Traveller
) -> None:
    with connected(backend.settings.database) as connection:
        admin.put_postings(connection, [admin.NewOfficer("lan", "Lan", "mot-cua-a", valid_to=EVE)])
    lan = await backend.station("lan")
    pass_midnight(backend, evening)
    assert (await lan.get("feed")).status_code == 401
    answer = await backend.http.post(f"{wire.PREFIX}/session", json=credentials("lan"))
    assert answer.status_code == 401
    assert "hết hiệu lực từ sau ngày 31/12/2026" in answer.text
    wrong = await backend.http.post(
        f"{wire.PREFIX}/session", json={**credentials("lan"), "password": "không phải"}
    )
    assert "hiệu lực" not in wrong.text  # that the account exists is told to its owner alone


async def test_a_unit_put_elsewhere_from_a_day_on_is_seen_there_from_that_day(
    backend: Backend, evening: time_machine.Traveller
) -> None:
    from tthc_tui.server.clock import today
    from tthc_tui.server.tree import follow_tree

    old = next(unit for unit in UNITS if unit.id == "tu-phap-a")
    rows = [
        old.model_copy(update={"valid_to": EVE}),
        old.model_copy(update={"valid_from": FIRST, "parent": "phuong-b", "name": "Tư pháp B"}),
    ]
    with connected(backend.settings.database) as connection:
        admin.put_units(connection, rows)
        admin.put_officer(connection, admin.NewOfficer("bich", "Bich", "phuong-b", (Role.LEADER,)))
    lan = await backend.station("lan")
    dossier = lan.receive(code(1))
    lan.do(ev.Forward(to_unit="tu-phap-a"), dossier)
    await lan.push()

    def seen() -> set[str]:
        with connected(backend.settings.database) as connection:
            return set(connection.execute(text("SELECT unit FROM visibility")).scalars())

    follow_tree(backend.settings.database, today())
    assert "phuong-b" not in seen()
    pass_midnight(backend, evening)
    follow_tree(backend.settings.database, today())
    assert "phuong-b" in seen()
    directory = await backend.app.state.services.directory.get()
    assert directory.above("tu-phap-a") == ("tu-phap-a", "phuong-b", "tinh")
    follow_tree(backend.settings.database, today())  # nothing is left to do


def test_a_directory_is_that_of_one_day() -> None:
    units = (
        Unit(id="x", name="Cũ", code="H1", parent="a", valid_to=EVE),
        Unit(id="x", name="Mới", code="H2", parent="b", valid_from=FIRST),
        Unit(id="a", name="A"),
        Unit(id="b", name="B"),
    )
    officers = (
        Account(id="lan", name="Lan", unit="a", roles=frozenset(), password="", active=True, valid_to=EVE),
        Account(
            id="lan", name="Lan", unit="b", roles=frozenset(), password="", active=True, valid_from=FIRST
        ),
        Account(
            id="mai", name="Mai", unit="a", roles=frozenset(), password="", active=True, valid_from=FIRST
        ),
    )
    before, after = (directory_on(units, officers, (), day) for day in (EVE, FIRST))
    assert (before.above("x"), after.above("x")) == (("x", "a"), ("x", "b"))
    assert (before.accounts["lan"].unit, after.accounts["lan"].unit) == ("a", "b")
    assert "mai" not in before.accounts
    assert before.codes == after.codes == {"H1": frozenset({"x"}), "H2": frozenset({"x"})}
    then = after.posting("lan", EVE)
    assert then is not None
    assert then.unit == "a"
    assert after.posting("mai", EVE) == after.accounts["mai"]  # a station's clock may be behind
    assert before.posting("mai", EVE) is None


def test_a_site_file_brings_all_postings_and_the_password_of_a_person_stays(empty: Any, site: Site) -> None:
    lan = site.officers[0]
    rows = (
        lan.model_copy(update={"valid_to": EVE}),
        lan.model_copy(update={"valid_from": FIRST, "unit": "tu-phap"}),
    )
    with connected(empty.database) as connection:
        admin.load_site(connection, site)
        admin.put_officer(connection, admin.NewOfficer("lan", lan.name, "ttpvhcc"), "mật khẩu dài")
        admin.load_site(connection, site.model_copy(update={"officers": (*rows, *site.officers[1:])}))
        stored = connection.execute(
            text(
                "SELECT valid_from, valid_to, unit, password FROM officer WHERE id = 'lan' ORDER BY valid_from"
            )
        ).all()
    assert [tuple(row)[:3] for row in stored] == [
        (ALWAYS.isoformat(), EVE.isoformat(), "ttpvhcc"),
        (FIRST.isoformat(), FOREVER.isoformat(), "tu-phap"),
    ]
    assert all(HASHER.verify(row.password, "mật khẩu dài") for row in stored)


def test_an_officer_changed_by_hand_keeps_the_postings_to_come(empty: Any, site: Site) -> None:
    rows = (
        Officer(id="lan", name="Lan", unit="ttpvhcc", valid_to=EVE),
        Officer(id="lan", name="Lan", unit="tu-phap", valid_from=date(2027, 2, 1)),
    )
    with connected(empty.database) as connection:
        admin.load_site(connection, site.model_copy(update={"officers": rows}))
        for day, name in (
            (MIDNIGHT - timedelta(days=9), "Lan Một"),
            (MIDNIGHT + timedelta(days=9), "Lan Hai"),
        ):
            with time_machine.travel(day):
                admin.put_officer(connection, admin.NewOfficer("lan", name, "dia-chinh"))
        stored = connection.execute(
            text("SELECT valid_from, valid_to, name, unit FROM officer ORDER BY valid_from")
        ).all()
    assert [tuple(row) for row in stored] == [
        ("2000-01-01", "2026-12-31", "Lan Một", "dia-chinh"),
        ("2027-01-10", "2027-01-31", "Lan Hai", "dia-chinh"),
        ("2027-02-01", "9999-12-31", "Lan", "tu-phap"),
    ]


def test_a_database_without_dates_is_brought_along_and_back(empty: Any) -> None:
    url = empty.database
    with connected(url) as connection:
        command.downgrade(migrate._config(connection), "0003")
        connection.execute(
            text("INSERT INTO unit (id, name, code, parent, kind) VALUES ('a', 'A', 'H1', '', 'centre')")
        )
        connection.execute(
            text(
                "INSERT INTO officer (id, name, unit, roles, password, active)"
                " VALUES ('lan', 'Lan', 'a', '[\"receiving\"]', 'băm', 0)"
            )
        )
    assert migrate.needs_migration(url)
    migrate.migrate(url)
    began = datetime.now(UTC).date() - timedelta(days=3)
    after = Officer(id="lan", name="Lan", unit="a", valid_from=began)
    before = Officer(id="lan", name="Cũ", unit="a", valid_to=began - timedelta(days=1))
    centre = Site(
        name="x", agency_code="H1", unit="a", units=(Unit(id="a", name="A"),), officers=(before, after)
    )
    with connected(url) as connection:
        row = connection.execute(text("SELECT * FROM officer")).mappings().one()
        days = (row["valid_from"], row["valid_to"])
        assert (*days, row["password"], row["active"]) == ("2000-01-01", "9999-12-31", "băm", 0)
        assert connection.execute(text("SELECT shown FROM unit")).scalar_one() == 1
        admin.load_site(connection, centre)
    with connected(url) as connection:
        command.downgrade(migrate._config(connection), "0003")
        assert connection.execute(text("SELECT name FROM officer")).scalars().all() == ["Lan"]
    migrate.migrate(url)
