"""Who there is: the tree of units and the officers, kept in memory and read anew when they change."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from tthc_tui.core.site import Role
from tthc_tui.server.database import Database

ACTING = frozenset({Role.RECEIVING, Role.SPECIALIST, Role.LEADER})
"""Roles that handle dossiers: they push events and read personal data of their jurisdiction."""
NUMBERING = frozenset({Role.RECEIVING, Role.LEADER})
"""Roles that give dossiers their codes."""
LOCAL = ("commune", "centre")
MAX_DEPTH = 20


@dataclass(frozen=True, slots=True)
class Account:
    """An officer as the server knows them."""

    id: str
    name: str
    unit: str
    roles: frozenset[Role]
    password: str
    active: bool


@dataclass(frozen=True)
class Directory:
    """Units and officers at one moment."""

    parents: dict[str, str]
    accounts: dict[str, Account]
    kinds: dict[str, str] = field(default_factory=dict)
    codes: dict[str, frozenset[str]] = field(default_factory=dict)  # agency code → units
    routed: frozenset[str] = frozenset()  # units that all counters receive for
    _above: dict[str, tuple[str, ...]] = field(default_factory=dict, compare=False)
    _below: dict[str, frozenset[str]] = field(default_factory=dict, compare=False)

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

    def __init__(self, database: Database, refresh_seconds: float) -> None:
        self._database = database
        self._refresh = refresh_seconds
        self._known: Directory | None = None
        self._read_at = 0.0
        self._lock = asyncio.Lock()

    def forget(self) -> None:
        """It changed: read it at the next question."""
        self._read_at = 0.0
        self._known = None

    async def get(self) -> Directory:
        """The directory, at most `refresh_seconds` old."""
        known = self._known
        if known is not None and time.monotonic() - self._read_at < self._refresh:
            return known
        async with self._lock:
            if self._known is None or time.monotonic() - self._read_at >= self._refresh:
                read_at = time.monotonic()
                fresh = await self._read()
                if fresh != self._known:
                    self._known = fresh
                self._read_at = read_at
            return self._known

    async def _read(self) -> Directory:
        async with self._database.reading() as tx:
            units, officers, routed = await tx.many(
                [
                    ("SELECT id, parent, kind, code FROM unit", {}),
                    ("SELECT id, name, unit, roles, password, active FROM officer", {}),
                    ("SELECT unit FROM routed", {}),
                ]
            )
        accounts = {
            row[0]: Account(
                row[0], row[1], row[2], frozenset(Role(r) for r in json.loads(row[3])), row[4], bool(row[5])
            )
            for row in officers
        }
        codes: dict[str, set[str]] = {}
        for unit, _, _, code in units:
            codes.setdefault(code, set()).add(unit)
        return Directory(
            {unit: parent for unit, parent, _, _ in units},
            accounts,
            {unit: kind for unit, _, kind, _ in units},
            {code: frozenset(those) for code, those in codes.items() if code},
            frozenset(row[0] for row in routed),
        )
