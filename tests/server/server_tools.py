"""Stations, officers and their day, as the tests of the backend need them."""

from __future__ import annotations

import functools
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from argon2 import PasswordHasher
from fastapi import FastAPI
from sqlalchemy import text

from tthc_tui.core import events as ev
from tthc_tui.core import wire
from tthc_tui.core.base import VIETNAM, uuid7
from tthc_tui.core.dossier import Dossier, fold
from tthc_tui.core.events import event_from_json, event_to_json
from tthc_tui.core.people import Person
from tthc_tui.core.rules import decide
from tthc_tui.core.site import Role, Unit
from tthc_tui.server import admin
from tthc_tui.server.app import create_app
from tthc_tui.server.auth import secret_hash
from tthc_tui.server.migrate import connected
from tthc_tui.server.settings import ServerSettings

PASSWORD = "mật khẩu dài 8"
AGENCY = "H15.50.05.13"
OTHER_AGENCY = "H15.50.06.13"

UNITS = (
    Unit(id="tinh", name="UBND tỉnh", code="H15", kind="province"),
    Unit(id="phuong-a", name="UBND phường A", code="H15.50.05", parent="tinh", kind="commune"),
    Unit(id="mot-cua-a", name="Trung tâm PVHCC phường A", code=AGENCY, parent="phuong-a", kind="centre"),
    Unit(id="tu-phap-a", name="Tư pháp phường A", code="H15.50.05.14", parent="phuong-a"),
    Unit(id="phuong-b", name="UBND phường B", code="H15.50.06", parent="tinh", kind="commune"),
    Unit(
        id="mot-cua-b", name="Trung tâm PVHCC phường B", code=OTHER_AGENCY, parent="phuong-b", kind="centre"
    ),
)
OFFICERS = {
    "lan": ("mot-cua-a", Role.RECEIVING),
    "hung": ("mot-cua-a", Role.RECEIVING),
    "minh": ("tu-phap-a", Role.SPECIALIST),
    "thu": ("phuong-a", Role.LEADER),
    "giam": ("phuong-a", Role.SUPERVISOR),
    "quan": ("mot-cua-a", Role.ADMIN),
    "bich": ("mot-cua-b", Role.RECEIVING),
    "tinh": ("tinh", Role.LEADER),
}


@functools.cache
def _password_hash() -> str:
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


def device_id(name: str) -> UUID:
    """The identity of a device named in a test."""
    return UUID(bytes=secret_hash(name).encode()[:16], version=4)


def populate(url: str) -> None:
    """Units, officers and one device for each of them, d-<officer> with the secret s-<officer>."""
    with connected(url) as connection:
        admin.put_units(connection, UNITS)
        for name, (unit, role) in OFFICERS.items():
            admin.put_officer(connection, admin.NewOfficer(name, name.title(), unit, (role,)))
            add_device(connection, name, unit)
        connection.execute(text("UPDATE officer SET password = :p"), {"p": _password_hash()})


def add_device(connection: Any, name: str, unit: str) -> None:
    """A device of a unit."""
    connection.execute(
        text(
            "INSERT INTO device (id, name, unit, secret, active, forked_from, created_at)"
            " VALUES (:id, :name, :unit, :secret, 1, '', 0)"
        ),
        {"id": str(device_id(f"d-{name}")), "name": name, "unit": unit, "secret": secret_hash(f"s-{name}")},
    )


@dataclass
class Backend:
    """A running application and a client that speaks to it."""

    settings: ServerSettings
    app: FastAPI
    http: httpx.AsyncClient

    async def station(self, officer: str, device: str = "") -> Station:
        """A signed-in station."""
        return await sign_in(self.http, officer, device)


@asynccontextmanager
async def open_backend(settings: ServerSettings) -> AsyncIterator[Backend]:
    """Start the application and stop it."""
    app = create_app(settings)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://server") as http,
    ):
        yield Backend(settings, app, http)


def credentials(officer: str, device: str = "") -> dict[str, Any]:
    """The body of a sign-in."""
    name = device or officer
    return {
        "user": officer,
        "password": PASSWORD,
        "device": str(device_id(f"d-{name}")),
        "secret": f"s-{name}",
    }


async def sign_in(http: httpx.AsyncClient, officer: str, device: str = "") -> Station:
    """Sign an officer in on a device (their own unless another is named)."""
    answer = await http.post(f"{wire.PREFIX}/session", json=credentials(officer, device))
    assert answer.status_code == 201, answer.text
    return Station(http, wire.Session.model_validate(answer.json()))


@dataclass
class Station:
    """A station as far as the protocol goes: it decides events and pushes them."""

    http: httpx.AsyncClient
    session: wire.Session
    seq: int = 0
    clock: datetime = field(default_factory=lambda: datetime.now(VIETNAM))
    outbox: list[wire.WireEvent] = field(default_factory=list)
    persons: dict[UUID, Person] = field(default_factory=dict)

    @property
    def headers(self) -> dict[str, str]:
        """What every call carries."""
        return {"Authorization": f"Bearer {self.session.token}"}

    def new_id(self) -> UUID:
        """A fresh identity."""
        return uuid7(datetime.now(UTC))

    def person(self, name: str = "Nguyễn Văn An") -> Person:
        """Personal data kept on this station."""
        person = Person(
            id=self.new_id(),
            name=name,
            number="089123456789",
            phone="0912345678",
            salt="00" * 16,
            address="Ấp 3",
        )
        self.persons[person.id] = person
        return person

    def do(
        self, action: ev.Action, dossier: Dossier | None = None, *, seen: int = 0, unit: str = ""
    ) -> Dossier:
        """Decide an action, put its event into the outbox; the dossier after it."""
        self.clock += timedelta(seconds=1)
        actor = ev.Actor(
            officer=self.session.officer,
            unit=unit or self.session.unit,
            station="quay-1",
            roles=frozenset(self.session.roles),
        )
        (event,) = decide(dossier, action, actor, self.clock, new_id=self.new_id)
        return self.put(event, dossier, seen=seen)

    def put(self, event: ev.AnyEvent, dossier: Dossier | None = None, *, seen: int = 0) -> Dossier:
        """Put a ready event into the outbox."""
        self.seq += 1
        refs = [
            ref.id for ref in (getattr(event, "applicant", None), getattr(event, "collector", None)) if ref
        ]
        persons = tuple(self.persons[ref] for ref in refs if ref in self.persons)
        self.outbox.append(
            wire.WireEvent(event=event_to_json(event), device_seq=self.seq, seen=seen, persons=persons)
        )
        from tthc_tui.core.dossier import evolve

        return evolve(dossier, event)

    def receive(self, code: str, *, handling: str = "") -> Dossier:
        """Take a dossier in under a code."""
        return self.do(receive(self.person(), code, handling))

    async def post(self, events: list[wire.WireEvent], resolved: list[UUID] | None = None) -> httpx.Response:
        """The raw answer to a push."""
        body = wire.Push(events=tuple(events), resolved=tuple(resolved or ()))
        return await self.http.post(
            f"{wire.PREFIX}/events", content=body.model_dump_json(), headers=self.headers
        )

    async def push(self, resolved: list[UUID] | None = None) -> list[wire.Verdict]:
        """Push the outbox and empty it."""
        sent, self.outbox = self.outbox, []
        answer = await self.post(sent, resolved)
        assert answer.status_code == 200, answer.text
        return list(wire.Verdicts.model_validate(answer.json()).verdicts)

    async def get(self, path: str, **params: Any) -> httpx.Response:
        """A GET call."""
        return await self.http.get(f"{wire.PREFIX}/{path}", params=params, headers=self.headers)

    async def feed(self, after: str = "", limit: int = 200) -> tuple[list[wire.FeedEvent], str]:
        """Everything behind a cursor, and the cursor after it."""
        events: list[wire.FeedEvent] = []
        while True:
            answer = await self.get("feed", after=after, limit=limit)
            assert answer.status_code == 200, answer.text
            page = wire.FeedPage.model_validate(answer.json())
            events += page.events
            after = page.cursor
            if not page.more:
                return events, after

    async def dossier(self, dossier: UUID) -> Dossier | None:
        """A dossier as this station's feed tells it."""
        events, _ = await self.feed()
        return fold(e for e in (event_from_json(line.event) for line in events) if e.dossier == dossier)


def receive(person: Person, code: str, handling: str = "") -> ev.Receive:
    """An ordinary intake."""
    return ev.Receive(
        code=code,
        procedure=ev.ProcedureRef(code="1.001193", name="Đăng ký khai sinh", field_name="Hộ tịch"),
        applicant=person.ref(),
        papers=(ev.PaperReceived(requirement="to-khai", name="Tờ khai"),),
        handling_unit=handling,
    )


def code(number: int, agency: str = AGENCY, day: str = "261123") -> str:
    """A dossier code of the test's day."""
    return f"{agency}-{day}-{number:04d}"


def snapshot_lines(text: str) -> Iterator[dict[str, Any]]:
    """The lines of a snapshot."""
    for line in text.splitlines():
        yield json.loads(line)
