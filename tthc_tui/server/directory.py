"""Who there is: the tree of units and the officers, kept in memory and read anew when they change."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from tthc_tui.core.dated import ALWAYS, Named, in_force, nearest, one_each
from tthc_tui.core.site import Role, Unit
from tthc_tui.server.clock import today
from tthc_tui.server.database import Database

ACTING = frozenset({Role.RECEIVING, Role.SPECIALIST, Role.LEADER})
"""Roles that handle dossiers: they push events and read personal data of their jurisdiction."""
NUMBERING = frozenset({Role.RECEIVING, Role.LEADER})
"""Roles that give dossiers their codes."""
LOCAL = ("commune", "centre")
MAX_DEPTH = 20


UNITS_SQL = "SELECT id, valid_from, valid_to, name, code, parent, kind FROM unit"
_OFFICERS_SQL = "SELECT id, valid_from, valid_to, name, unit, roles, password, active FROM officer"


class Account(Named):
    """A posting of an officer as the server knows them."""

    name: str
    unit: str
    roles: frozenset[Role]
    password: str
    active: bool


@dataclass(frozen=True)
class Directory:
    """Units and officers on one day: who is in `accounts` may come in, with the unit and roles of that day."""

    parents: dict[str, str]
    accounts: dict[str, Account]
    postings: dict[str, tuple[Account, ...]] = field(default_factory=dict)  # all of them, past and to come
    day: date = ALWAYS
    kinds: dict[str, str] = field(default_factory=dict)
    codes: dict[str, frozenset[str]] = field(default_factory=dict)  # agency code → units
    routed: frozenset[str] = frozenset()  # units that all counters receive for
    names: dict[str, str] = field(default_factory=dict)  # of units
    _above: dict[str, tuple[str, ...]] = field(default_factory=dict, compare=False)
    _below: dict[str, frozenset[str]] = field(default_factory=dict, compare=False)

    def posting(self, officer: str, on: date) -> Account | None:
        """Under which posting an officer acted on a day, today's where none held then: clocks of stations differ.

        None where neither holds.
        """
        then = in_force(self.postings.get(officer, ()), on)
        return then[0] if then else self.accounts.get(officer)

    def known(self, officer: str) -> Account | None:
        """The posting that tells of an officer today, in force or not; None for an unknown one."""
        return nearest(self.postings.get(officer, ()), self.day)

    def acts_for(self, officer: str, unit: str, on: date) -> bool:
        """Whether an officer may have acted for a unit on a day."""
        account = self.posting(officer, on)
        return account is not None and account.active and unit in self.scope(account.unit)

    def above(self, unit: str) -> tuple[str, ...]:
        """The unit and those above it, nearest first; empty for an unknown one."""
        if unit not in self._above:
            chain: list[str] = []
            at = unit
            while at in self.parents and at not in chain and len(chain) < MAX_DEPTH:
                chain.append(at)
                at = self.parents[at]
            if not chain:
                return ()
            self._above[unit] = tuple(chain)
        return self._above[unit]

    def scope(self, unit: str) -> frozenset[str]:
        """The unit and all below it; empty for an unknown one."""
        if unit not in self._below:
            found = frozenset(known for known in self.parents if unit in self.above(known))
            if not found:
                return found
            self._below[unit] = found
        return self._below[unit]

    def may_number(self, unit: str, agency: str) -> bool:
        """Whether counters of `unit` may give out codes of `agency`.

        They may for units of their own commune or centre and of their own scope, for those above them and the
        province's agencies, and for those the published routes lead to; not for other communes or centres.
        """
        own, place = self.scope(unit), self._place(unit)
        return any(
            one in own or one in self.routed or self._place(one) in ("", place)
            for one in self.codes.get(agency, ())
        )

    def _place(self, unit: str) -> str:
        """The outermost commune or centre a unit belongs to, "" for the province's own."""
        local = [above for above in self.above(unit) if self.kinds.get(above) in LOCAL]
        return local[-1] if local else ""

    def with_above(self, units: Iterable[str]) -> set[str]:
        """All of `units` that are known, with those above them."""
        return {above for unit in units for above in self.above(unit)}


class DirectoryKeeper:
    """Reads the directory, and again after `refresh_seconds` or when told that it changed."""

    def __init__(self, database: Database, refresh_seconds: float, day: Callable[[], date] = today) -> None:
        self._database = database
        self._day = day
        self._refresh = refresh_seconds
        self._known: Directory | None = None
        self._read_at = 0.0
        self._lock = asyncio.Lock()

    def forget(self) -> None:
        """It changed: read it at the next question."""
        self._read_at = 0.0
        self._known = None

    async def get(self) -> Directory:
        """The directory of today, at most `refresh_seconds` old."""
        day = self._day()
        if (known := self._fresh(day)) is not None:
            return known
        async with self._lock:
            if (known := self._fresh(day)) is not None:
                return known
            read_at = time.monotonic()
            fresh = await self._read(day)
            if fresh != self._known:
                self._known = fresh
            self._read_at = read_at
            return self._known or fresh

    def _fresh(self, day: date) -> Directory | None:
        known = self._known
        young = time.monotonic() - self._read_at < self._refresh
        return known if known is not None and known.day == day and young else None

    async def _read(self, day: date) -> Directory:
        async with self._database.reading() as tx:
            units, officers, routed = await tx.many(
                [
                    (UNITS_SQL, {}),
                    (_OFFICERS_SQL, {}),
                    ("SELECT unit FROM routed", {}),
                ]
            )
        fields = ("id", "valid_from", "valid_to", "name", "code", "parent", "kind")
        named = ("id", "valid_from", "valid_to", "name", "unit", "roles", "password", "active")
        return directory_on(
            [Unit.model_validate(dict(zip(fields, row, strict=True))) for row in units],
            [
                Account.model_validate({**dict(zip(named, row, strict=True)), "roles": json.loads(row[5])})
                for row in officers
            ],
            [row[0] for row in routed],
            day,
        )


def directory_on(
    units: Sequence[Unit], officers: Iterable[Account], routed: Iterable[str], day: date
) -> Directory:
    """Units and officers as they stand on a day.

    A unit that is no more keeps its last place in the tree: its dossiers are still seen, and what was done there
    still comes in. Codes are those of all days, since numbers are lent ahead and given late.
    """
    tree = one_each(units, day)
    codes: dict[str, set[str]] = {}
    for unit in units:
        codes.setdefault(unit.code, set()).add(unit.id)
    postings: dict[str, tuple[Account, ...]] = {}
    for one in officers:
        postings[one.id] = (*postings.get(one.id, ()), one)
    return Directory(
        {unit.id: unit.parent for unit in tree},
        {one.id: one for rows in postings.values() for one in in_force(rows, day)},
        postings,
        day,
        {unit.id: unit.kind for unit in tree},
        {code: frozenset(those) for code, those in codes.items() if code},
        frozenset(routed),
        {unit.id: unit.name for unit in tree},
    )
