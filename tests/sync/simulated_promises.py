"""What must hold after every history, as functions over its world: the promises of the sync."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tthc_tui.core.chain import GENESIS, canonical, chain
from tthc_tui.store import dossiers

if TYPE_CHECKING:
    from simulated_officers import Machine
    from simulated_world import World


class Broken(AssertionError):
    """A promise does not hold."""


def check(world: World) -> None:
    """The promises of sync.md."""
    logs = {}
    for machine in world.machines:
        check_file(machine)
        ((feed,),) = machine.station.rows("SELECT value FROM setting WHERE key = 'sync.feed'")
        rows = machine.station.rows(
            "SELECT place, id, hash FROM event WHERE status = 'confirmed' ORDER BY place"
        )
        if logs.setdefault(feed, rows) != rows:
            raise Broken(f"{machine.station.folder.name}: the feed of {feed} differs from another station's")
    check_dossiers(world)
    check_codes(world)
    check_shown(world)


def check_file(machine: Machine) -> None:
    """One station: sound, nothing left to send, chains right, projection as the events say."""
    station, name = machine.station, machine.station.folder.name
    if station.rows("SELECT 1 FROM outbox"):
        raise Broken(f"{name}: something still waits in the outbox")
    with station.store.read() as connection:
        if dossiers.compare(connection):
            raise Broken(f"{name}: the projection is not what the events say")
    if station.store.check():
        raise Broken(f"{name}: the file is damaged")
    heads: dict[object, str] = {}
    for dossier, body, hashed in station.rows(
        "SELECT dossier, body, hash FROM event WHERE status = 'confirmed' ORDER BY place"
    ):
        heads[dossier] = chain(heads.get(dossier, GENESIS), canonical(str(body)))
        if heads[dossier] != hashed:
            raise Broken(f"{name}: a chain is broken")


def check_dossiers(world: World) -> None:
    """Every machine that holds a dossier shows the same."""
    columns = "id, code, version, state, open, holder_unit, coming_to, due_at, last_at, applicant"
    seen: dict[object, tuple[object, ...]] = {}
    for machine in world.machines:
        for row in machine.station.rows(f"SELECT {columns} FROM dossier"):
            if seen.setdefault(row[0], row) != row:
                raise Broken(f"dossier {row[0]} differs: {seen[row[0]]} / {row}")


def undecided(world: World) -> set[object]:
    """Dossiers held by a refusal that lies in a tray: nothing goes up before an officer decides, no code either."""
    asked = "SELECT dossier FROM conflict WHERE resolution = '' AND kind = 'refused' AND code <> 'blocked'"
    return {row[0] for machine in world.machines for row in machine.station.rows(asked)}


def check_codes(world: World) -> None:
    """No code names two dossiers; every printed code still finds its dossier; nobody waits for one in vain."""
    owner: dict[str, str] = {}
    held = undecided(world)
    for machine in world.machines:
        for identity, code in machine.station.rows(
            "SELECT id, code FROM dossier WHERE received_at IS NOT NULL"
        ):
            if not code and identity not in held and not machine.station.desk.dossier(str(identity)).voided:
                raise Broken(f"dossier {identity} has no official code")
            if code and owner.setdefault(str(code), str(identity)) != identity:
                raise Broken(f"code {code} names two dossiers")
    for machine in world.machines:
        for dossier, code in machine.station.rows(
            "SELECT dossier, json_extract(body, '$.code') FROM event"
            " WHERE status = 'confirmed' AND kind IN ('received', 'accepted')"
        ):
            found = machine.station.desk.dossier(str(dossier))
            if code and code not in (found.code, *found.aliases):
                raise Broken(f"the printed code {code} no longer finds its dossier")


def check_shown(world: World) -> None:
    """What was shown as saved stands in the log, was done by somebody else too, or lies in the tray."""
    for machine in world.machines:
        rows = machine.station.rows("SELECT id, status FROM event")
        status = {row[0]: row[1] for row in rows}
        tray = {row[0] for row in machine.station.rows("SELECT event FROM conflict")}
        for event in machine.shown - world.gone:
            if status.get(event) in ("confirmed", "duplicate") or event in tray:
                continue
            raise Broken(f"{machine.station.folder.name}: event {event} is {status.get(event)}")
