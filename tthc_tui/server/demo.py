"""A backend to try: the sample centre's whole life in a SQLite file, one officer's password, one enrolment code."""

from __future__ import annotations

import asyncio
import secrets
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from sqlalchemy import create_engine, text

from tthc_tui.core import wire
from tthc_tui.core.events import event_from_json
from tthc_tui.core.people import Person
from tthc_tui.core.site import Role, Site, Unit
from tthc_tui.server import admin
from tthc_tui.server.app import open_database
from tthc_tui.server.auth import Caller
from tthc_tui.server.catalog import publish
from tthc_tui.server.directory import DirectoryKeeper
from tthc_tui.server.intake import person_refs, prepare
from tthc_tui.server.migrate import connected, migrate
from tthc_tui.server.settings import ServerSettings
from tthc_tui.server.writer import Writer

TOP = "ubnd"
"""The unit above those of a centre that names none."""


def ensure_demo_server(folder: Path, now: datetime) -> tuple[ServerSettings, str, str, str]:
    """Settings of the demo backend under `folder`, with (the centre's enrolment code, officer, password).

    Made when it is not there yet; the password and the code are new each time.
    """
    from tthc_tui.sample import ensure_demo

    local = ensure_demo(folder, now)
    place = folder / "demo-server"
    place.mkdir(parents=True, exist_ok=True)
    settings = ServerSettings(database=f"sqlite:///{place / 'server.db'}", key_file=place / "server.key")
    migrate(settings.database)
    site = with_top(_site(local.database))
    password = secrets.token_urlsafe(9)
    with connected(settings.database) as connection:
        admin.load_site(connection, site)
        officer = site.officers[0]
        admin.put_officer(
            connection,
            admin.NewOfficer(officer.id, officer.name, officer.unit, tuple(officer.roles)),
            password,
        )
        code = admin.enrolment_code(connection, TOP)  # a file of the whole centre may join with it
        publish_shipped(connection, site)
        empty = connection.execute(text("SELECT head FROM log WHERE id = 1")).scalar_one() == 0
    if empty:
        asyncio.run(load_file(settings, local.database))
    return settings, code, officer.id, password


def with_top(site: Site) -> Site:
    """The site with one unit above all that have none, so that a leader can see the whole centre."""
    top = Unit(id=TOP, name=site.parent or site.name, kind="commune")
    units = tuple(u if u.parent else u.model_copy(update={"parent": TOP}) for u in site.units if u.id != TOP)
    return site.model_copy(update={"units": (top, *units)})


def publish_shipped(connection: object, site: Site) -> str:
    """Publish the catalogue that comes with the program; its version."""
    from tthc_tui.store.catalog_records import ParsedProcedure
    from tthc_tui.store.catalog_source import read_source, shipped_catalog

    parsed = [item.procedure for item in read_source(shipped_catalog()) if isinstance(item, ParsedProcedure)]
    return publish(connection, site, parsed)  # type: ignore[arg-type]


async def load_file(settings: ServerSettings, file: Path) -> tuple[int, int]:
    """Bring the whole history of a station's data file into the log; how many were accepted and not.

    Events keep their identities: doing it twice, or a station pushing them later, adds nothing.
    """
    database = open_database(settings)
    await database.open()
    directory = DirectoryKeeper(database, 60)
    writer = Writer(database, directory)
    writer.start()
    try:
        known = await directory.get()
        accepted = refused = 0
        device = str(uuid4())
        for batch in _batches(file):
            pending = []
            for item in batch:
                event = event_from_json(item.event)
                account = known.known(event.officer)
                home = account.unit if account else event.unit
                caller = Caller(event.officer, "", home, frozenset(Role), device, home, home, "", 2**62)
                pending.append(prepare(item, caller, known))
            answer = await writer.push(caller, pending, set(), None)
            good = sum(1 for verdict in answer.verdicts if verdict.verdict != "refused")
            accepted, refused = accepted + good, refused + len(answer.verdicts) - good
        return accepted, refused
    finally:
        await writer.stop()
        await database.close()


def _site(file: Path) -> Site:
    from tthc_tui.store.settings import get_site

    engine = create_engine(f"sqlite:///{file}")
    try:
        with engine.connect() as connection:
            site = get_site(connection)
    finally:
        engine.dispose()
    if site is None:
        raise admin.AdminError(f"Tệp {file} chưa được khai báo trung tâm.")
    return site


def _batches(file: Path) -> list[list[wire.WireEvent]]:
    """A station's events in its own order, with the people they speak of, in pushes of MAX_BATCH."""
    from tthc_tui.store.dossiers import get_person

    engine = create_engine(f"sqlite:///{file}")
    batches: list[list[wire.WireEvent]] = []
    try:
        with engine.connect() as connection:
            rows = connection.execute(text("SELECT body FROM event ORDER BY pos")).all()
            for number, (body,) in enumerate(rows):
                if number % wire.MAX_BATCH == 0:
                    batches.append([])
                persons: dict[str, Person] = {}
                for ref in person_refs(event_from_json(body)):
                    person = get_person(connection, ref.id)
                    if person is not None and person.salt and person.ref() == ref:
                        persons[str(ref.id)] = person
                batches[-1].append(
                    wire.WireEvent(event=body, device_seq=number + 1, persons=tuple(persons.values()))
                )
    finally:
        engine.dispose()
    return batches
