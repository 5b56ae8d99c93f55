"""Deciding about a group of pushes under the log's lock: verdicts, and the rows that follow from them."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from tthc_tui.core import events as ev
from tthc_tui.core.base import uuid7
from tthc_tui.core.chain import GENESIS, canonical, chain
from tthc_tui.core.codes import DossierCode, parse_code
from tthc_tui.core.dossier import Dossier, evolve, fold
from tthc_tui.core.merge import judge
from tthc_tui.core.wire import CLOCK_TOLERANCE, Flag, FlagKind, ProblemCode, Verdict, Winner
from tthc_tui.server.clock import from_ms, now_ms
from tthc_tui.server.directory import Directory
from tthc_tui.server.intake import Pending
from tthc_tui.server.problems import Trouble

SERVER = "server"
"""The station and officer of events the server adds by itself."""


@dataclass(frozen=True, slots=True)
class Held:
    """A dossier as the log has it: state, chain head, place of its last event, who sees it, who works on it."""

    dossier: Dossier
    chain: str
    place: int
    seen_by: frozenset[str]
    involved: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Past:
    """One event of a history with its place and the device it came from."""

    place: int
    device: str | None
    event: ev.AnyEvent


@dataclass(slots=True)
class Known:
    """What the database says of the things a group touches."""

    head: int
    events: dict[str, tuple[int, str, str]]  # id → place, flags, body
    verdicts: dict[str, tuple[str, str]]  # id → verdict, body
    seqs: dict[tuple[str, int], str]  # (device, device_seq) → event id
    blocks: dict[tuple[str, str], str]  # (device, dossier) → event id
    states: dict[str, Held]
    histories: dict[str, list[Past]]  # of dossiers that need one
    codes: dict[str, str]  # code → dossier


@dataclass(slots=True)
class Rows:
    """What is to be written."""

    events: list[tuple[Any, ...]] = field(default_factory=list)
    verdicts: list[tuple[Any, ...]] = field(default_factory=list)
    blocks: dict[tuple[str, str], str] = field(default_factory=dict)
    unblocked: list[tuple[str, str]] = field(default_factory=list)
    persons: list[tuple[str, str, str, str]] = field(default_factory=list)
    visibility: list[tuple[str, str, int]] = field(default_factory=list)
    codes: list[tuple[str, str]] = field(default_factory=list)
    numbers: dict[tuple[str, str], int] = field(default_factory=dict)
    changed: dict[str, Held] = field(default_factory=dict)


NewCode = Callable[[DossierCode], Awaitable[str]]
FindEvent = Callable[[str], Awaitable[tuple[str, str]]]
"""Kind and unit of a stored event."""


class Plan:
    """Verdicts of one group, in the order its events were pushed."""

    def __init__(self, known: Known, directory: Directory, new_code: NewCode, find: FindEvent) -> None:
        self.known = known
        self.head = known.head
        self.rows = Rows()
        self._directory = directory
        self._new_code = new_code
        self._find = find
        self._now = now_ms()
        self._done: dict[str, tuple[str, Verdict]] = {}  # id → text, verdict decided in this group
        self._placed: dict[str, ev.AnyEvent] = {}  # events that got a place in this group

    def check(self, pending: list[Pending]) -> None:
        """409 when one of a push's events contradicts what is stored; before anything of the push is done."""
        for item in pending:
            stored = self._stored_text(item.id)
            if stored is not None and stored != item.text:
                raise Trouble(
                    409,
                    ProblemCode.OTHER_BYTES,
                    "Sự kiện này đã có trên máy chủ với nội dung khác.",
                    event=UUID(item.id),
                    device_seq=item.device_seq,
                )
            other = self.known.seqs.get((item.device, item.device_seq))
            if stored is None and other is not None and other != item.id:
                raise Trouble(
                    409,
                    ProblemCode.SEQ_REUSED,
                    "Máy này có một bản sao đã gửi dữ liệu: hãy đăng ký lại máy rồi gửi tiếp.",
                    event=UUID(item.id),
                    device_seq=item.device_seq,
                )

    def _stored_text(self, identity: str) -> str | None:
        if identity in self._done:
            return self._done[identity][0]
        if identity in self.known.events:
            return self.known.events[identity][2]
        return self.known.verdicts[identity][1] if identity in self.known.verdicts else None

    def unblock(self, device: str, resolved: set[str]) -> None:
        """Let the dossiers of settled refusals take events of this device again."""
        for (owner, dossier), event in list(self.known.blocks.items()):
            if owner == device and event in resolved:
                del self.known.blocks[owner, dossier]
                self.rows.blocks.pop((owner, dossier), None)
                self.rows.unblocked.append((owner, dossier))

    async def decide(self, item: Pending, offset: int | None) -> Verdict:
        """The verdict on one event; `offset` is how many seconds the station's clock is off, if it is."""
        replay = self._replay(item.id)
        if replay is not None:
            return replay
        verdict = await self._fresh(item, offset)
        self._done[item.id] = (item.text, verdict)
        self.known.seqs[item.device, item.device_seq] = item.id
        return verdict

    def _replay(self, identity: str) -> Verdict | None:
        if identity in self._done:
            return self._done[identity][1]
        if identity in self.known.events:
            place, flags, _ = self.known.events[identity]
            return _accepted(UUID(identity), place, read_flags(flags))
        if identity in self.known.verdicts:
            return Verdict.model_validate_json(self.known.verdicts[identity][0])
        return None

    async def _fresh(self, item: Pending, offset: int | None) -> Verdict:
        blocked_by = self.known.blocks.get((item.device, item.dossier))
        if blocked_by is not None:
            return await self._refuse(
                item,
                "blocked",
                "Chờ xử lý thao tác trước đó của hồ sơ này đã bị từ chối.",
                blocked_by=UUID(blocked_by),
            )
        if item.event is None or item.refusal is not None:
            code, reason = item.refusal or ("unreadable", "Máy chủ không hiểu sự kiện này.")
            return await self._refuse(item, code, reason)
        held = self.known.states.get(item.dossier)
        if held is not None and item.event.unit not in held.seen_by:
            return await self._refuse(item, "unknown", "Không tìm thấy hồ sơ này trên máy chủ.")
        dossier = held.dossier if held else None
        judged = judge(dossier, item.event, lambda: self._as_seen(item))
        if judged.outcome == "refused":
            return await self._refuse(item, judged.code, judged.reason, winner=held)
        if judged.outcome == "duplicate":
            assert held is not None  # only an existing state can be reached already
            await self._alias(item.event, held)
            return self._keep(item, Verdict(event=UUID(item.id), verdict="duplicate", seq=held.place))
        flags = []
        if judged.fields and held is not None:
            flags.append(Flag(kind=FlagKind.FIELD, fields=judged.fields, winner=await self._winner(held)))
        if offset is not None:
            flags.append(Flag(kind=FlagKind.CLOCK, offset_seconds=offset))
        return await self._accept(item, item.event, flags)

    async def _accept(self, item: Pending, event: ev.AnyEvent, flags: list[Flag]) -> Verdict:
        code = code_of(event)
        taken = bool(code) and self.known.codes.get(code, item.dossier) != item.dossier
        fresh = ""
        if taken:
            parsed = parse_code(code)
            fresh = await self._new_code(parsed) if parsed else ""
            flags.append(Flag(kind=FlagKind.CODE_TAKEN, code=fresh, old_code=code))
        place = self._append(item, event, flags)
        self.rows.persons += [(item.dossier, *line) for line in item.persons]
        if code and not taken:
            self._take(code, item.dossier)
        if taken:
            self._recode(event, fresh, code)
        return _accepted(event.id, place, tuple(flags))

    def _recode(self, event: ev.AnyEvent, code: str, alias: str) -> None:
        """Add the server's own event that gives a dossier another code and keeps the printed one."""
        self.append_own(str(event.dossier), ev.Recode(code=code, alias=alias), event.unit)
        if code:
            self._take(code, str(event.dossier))

    def append_own(self, dossier: str, action: ev.Action, unit: str = "") -> None:
        """An event of the server's own, for the dossier's present holder where no `unit` is named."""
        held = self.known.states[dossier].dossier
        at = datetime.fromtimestamp(self._now / 1000, UTC)
        actor = ev.Actor(officer=SERVER, unit=unit or held.holder_unit or held.receiving_unit, station=SERVER)
        own = ev.stamped(action, id=uuid7(at), dossier=held.id, version=held.version, actor=actor, at=at)
        line = Pending(str(own.id), dossier, ev.event_to_json(own), "", 0, SERVER, 0, own, [])
        self._append(line, own, [])

    async def _alias(self, event: ev.AnyEvent, held: Held) -> None:
        """Two officers accepted one dossier under two codes: both printed codes must find it."""
        code, dossier = code_of(event), held.dossier
        if code and code != dossier.code and code not in dossier.aliases:
            self._recode(event, dossier.code, code)
            if self.known.codes.get(code) is None:
                self._take(code, str(event.dossier))

    def _take(self, code: str, dossier: str) -> None:
        if self.known.codes.get(code) == dossier:
            return
        self.known.codes[code] = dossier
        self.rows.codes.append((code, dossier))
        parsed = parse_code(code)
        if parsed is not None and not parsed.centre_digits:
            key = (parsed.agency, parsed.day.isoformat())
            self.rows.numbers[key] = max(self.rows.numbers.get(key, 0), parsed.number)

    def _append(self, item: Pending, event: ev.AnyEvent, flags: list[Flag]) -> int:
        """Give an event its place in the log."""
        dossier_id = item.dossier
        held = self.known.states.get(dossier_id)
        self.head += 1
        place = self.head
        dossier = evolve(held.dossier if held else None, event)
        hashed = chain(held.chain if held else GENESIS, canonical(item.text))
        involved = units_of(dossier)
        seen_by = held.seen_by if held else frozenset()
        to_unit: str = vars(event).get("to_unit", "")
        if held is None or involved != held.involved or to_unit or event.unit not in seen_by:
            told = self._directory.with_above({*involved, event.unit, to_unit})
            self.rows.visibility += [(unit, dossier_id, place) for unit in sorted(told - seen_by)]
            seen_by |= told
        state = Held(dossier, hashed, place, seen_by, involved)
        self.known.states[dossier_id] = state
        self.rows.changed[dossier_id] = state
        self._placed[item.id] = event
        if dossier_id in self.known.histories:
            self.known.histories[dossier_id].append(Past(place, item.device or None, event))
        at = round(event.at.timestamp() * 1000)
        self.rows.events.append(
            (
                place,
                item.id,
                dossier_id,
                event.kind,
                item.device or None,
                item.device_seq or None,
                event.officer,
                event.unit,
                item.pushed_by,
                at,
                self._now,
                write_flags(flags),
                hashed,
                item.text,
            )
        )
        return place

    def _as_seen(self, item: Pending) -> Dossier | None:
        """The state the officer acted on: the receipt, what was confirmed up to `seen`, what this device did."""
        past = self.known.histories.get(item.dossier, [])
        return fold(
            p.event for n, p in enumerate(past) if n == 0 or p.place <= item.seen or p.device == item.device
        )

    async def _refuse(
        self,
        item: Pending,
        code: str,
        reason: str,
        *,
        blocked_by: UUID | None = None,
        winner: Held | None = None,
    ) -> Verdict:
        verdict = Verdict(
            event=UUID(item.id),
            verdict="refused",
            reason=reason,
            code=code,
            blocked_by=blocked_by,
            winner=await self._winner(winner) if winner else None,
        )
        if blocked_by is None:
            self.known.blocks[item.device, item.dossier] = item.id
            self.rows.blocks[item.device, item.dossier] = item.id
        return self._keep(item, verdict)

    def _keep(self, item: Pending, verdict: Verdict) -> Verdict:
        self.rows.verdicts.append(
            (
                item.id,
                item.dossier,
                item.device,
                item.device_seq,
                item.pushed_by,
                self._now,
                verdict.model_dump_json(exclude_defaults=True),
                item.text,
            )
        )
        return verdict

    async def _winner(self, held: Held) -> Winner:
        last = held.dossier
        event = self._placed.get(str(last.last_event))
        kind, unit = (event.kind, event.unit) if event else await self._find(str(last.last_event))
        account = self._directory.known(last.last_officer)
        return Winner(
            event=last.last_event,
            kind=kind,
            officer=last.last_officer,
            officer_name=account.name if account else "",
            unit=unit,
            at=last.last_at,
        )


def code_of(event: ev.AnyEvent) -> str:
    """The official code an event gives its dossier, "" for none."""
    return event.code if isinstance(event, ev.Received | ev.Accepted | ev.Recoded) else ""


def units_of(dossier: Dossier) -> tuple[str, ...]:
    """The units that have to do with a dossier now, in a fixed order."""
    units = {dossier.receiving_unit, dossier.handling_unit, dossier.holder_unit, dossier.coming_to}
    units.update(step.unit for step in dossier.steps if step.done_at is None)
    units.update(asked.unit for asked in dossier.consultations if asked.answered_at is None)
    return tuple(sorted(units - {""}))


def write_flags(flags: list[Flag]) -> str:
    """Flags as the log keeps them; "" for none."""
    if not flags:
        return ""
    return json.dumps(
        [flag.model_dump(mode="json", exclude_defaults=True) for flag in flags], ensure_ascii=False
    )


def read_flags(text: str) -> tuple[Flag, ...]:
    """Flags read back."""
    return tuple(Flag.model_validate(flag) for flag in json.loads(text)) if text else ()


def clock_offset(sent_at: datetime | None) -> int | None:
    """Seconds the station's clock is ahead of ours, None while within CLOCK_TOLERANCE."""
    if sent_at is None:
        return None
    offset = sent_at - from_ms(now_ms())
    return round(offset.total_seconds()) if abs(offset) > CLOCK_TOLERANCE else None


def _accepted(identity: UUID, place: int, flags: tuple[Flag, ...]) -> Verdict:
    kind: Literal["accepted", "accepted_with_flag"] = "accepted_with_flag" if flags else "accepted"
    return Verdict.model_construct(
        {"event", "verdict", "seq", "flags"}, event=identity, verdict=kind, seq=place, flags=flags
    )
