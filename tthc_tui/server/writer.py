"""The log: pushes of many stations, gathered into one transaction at a time.

While one transaction runs, pushes that arrive wait together and go into the next one, so a station that pushes a
single event pays for a share of a commit, not for one of its own. Processes on one database take turns at the
locked counter row; each keeps the states it wrote as long as nobody else moved the head.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections import OrderedDict, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tthc_tui.core import events as ev
from tthc_tui.core import wire
from tthc_tui.core.codes import DossierCode, format_code
from tthc_tui.core.dossier import Dossier, evolve
from tthc_tui.server import schema
from tthc_tui.server.auth import Caller
from tthc_tui.server.clock import from_ms, now_ms
from tthc_tui.server.database import Database, Row, Statement, Transaction, bulk
from tthc_tui.server.directory import Directory, DirectoryKeeper
from tthc_tui.server.intake import Pending
from tthc_tui.server.plan import FindEvent, Held, Known, NewCode, Past, Plan, Rows, code_of
from tthc_tui.server.problems import Trouble
from tthc_tui.server.shape import SHAPE

log = logging.getLogger("tthc.server")

GROUP = 400  # events of one transaction
KEPT = 5_000  # dossiers whose state is kept in memory
NOTICE_BYTES = 7_000  # PostgreSQL takes 8,000

_EVENT_COLUMNS = tuple(column.name for column in schema.EVENT.columns)
_VERDICT_COLUMNS = tuple(column.name for column in schema.VERDICT.columns)
_DOSSIER_COLUMNS = tuple(column.name for column in schema.DOSSIER.columns)
_DOSSIER_UPSERT = "ON CONFLICT (id) DO UPDATE SET " + ", ".join(
    f"{name} = excluded.{name}" for name in _DOSSIER_COLUMNS if name != "id"
)
_COUNTER_UPSERT = (
    "ON CONFLICT (agency, day) DO UPDATE SET last = excluded.last WHERE counter.last < excluded.last"
)


@dataclass(slots=True)
class Job:
    """One push on its way."""

    caller: Caller
    pending: list[Pending]
    resolved: set[str]
    offset: int | None
    answer: asyncio.Future[wire.Verdicts] = field(repr=False)


class Writer:
    """The only way into the log."""

    def __init__(self, database: Database, directory: DirectoryKeeper) -> None:
        self._database = database
        self._directory = directory
        self._queue: asyncio.Queue[Job] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self._states: OrderedDict[str, Held] = OrderedDict()
        self._head = -1
        self._epoch = ""
        self.accepted = self.refused = self.duplicates = self.commits = 0

    def start(self) -> None:
        """Begin to work; call on the running loop."""
        self._task = asyncio.create_task(self._work())

    async def stop(self) -> None:
        """Stop between two transactions."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def push(
        self, caller: Caller, pending: list[Pending], resolved: set[str], offset: int | None
    ) -> wire.Verdicts:
        """The verdicts on one push, durable when they come; Trouble 409, Unavailable."""
        answer: asyncio.Future[wire.Verdicts] = asyncio.get_running_loop().create_future()
        await self._queue.put(Job(caller, pending, resolved, offset, answer))
        return await answer

    async def _work(self) -> None:
        while True:
            jobs = [await self._queue.get()]
            size = len(jobs[0].pending)
            while size < GROUP and not self._queue.empty():
                jobs.append(self._queue.get_nowait())
                size += len(jobs[-1].pending)
            try:
                await self._group(jobs)
            except asyncio.CancelledError:
                for job in jobs:
                    job.answer.cancel()
                raise
            except Exception as error:  # noqa: BLE001 - whatever happened, the callers must get an answer
                await self._one_by_one(jobs, error)

    async def _one_by_one(self, jobs: list[Job], error: Exception) -> None:
        """A group failed as a whole: try each push alone, so that one can't spoil the others."""
        self._forget()
        for job in jobs:
            failure: Exception | None = error
            if len(jobs) > 1:
                try:
                    await self._group([job])
                    failure = None
                except Exception as own:  # noqa: BLE001 - handed to the caller, who answers 500 or 503
                    self._forget()
                    failure = own
            if failure is not None and not job.answer.done():
                job.answer.set_exception(failure)

    def _forget(self) -> None:
        self._states.clear()
        self._head = -1

    async def _group(self, jobs: list[Job]) -> None:
        directory = await self._directory.get()
        async with self._database.writing() as tx:
            known = await self._look(tx, jobs)
            plan = Plan(known, directory, _new_code(tx, known), _finder(tx))
            results = [(job, await self._decide(plan, job)) for job in jobs]
            await tx.commit(self._statements(plan, plan.rows))
        self._keep(plan)
        for job, result in results:
            if job.answer.done():
                continue
            if isinstance(result, Trouble):
                job.answer.set_exception(result)
            else:
                job.answer.set_result(
                    wire.Verdicts(verdicts=tuple(result), head=plan.head, server_time=from_ms(now_ms()))
                )

    async def append_own(
        self, tx: Transaction, actions: Mapping[str, ev.Action], directory: Directory
    ) -> None:
        """An event of the server's own on each of these dossiers, inside a transaction that is open.

        The directory is read before it: who holds one connection must not wait for another.
        """
        ((_, head),) = await tx.rows("SELECT epoch, head FROM log WHERE id = 1 {lock}")
        states = await self._load(tx, await tx.rows(_STATE_SQL, ds=list(actions)), {})
        known = Known(head, {}, {}, {}, {}, states, {}, {})
        plan = Plan(known, directory, _new_code(tx, known), _finder(tx))
        for dossier in sorted(states):
            plan.append_own(dossier, actions[dossier])
        await tx.many(self._statements(plan, plan.rows))

    async def _decide(self, plan: Plan, job: Job) -> list[wire.Verdict] | Trouble:
        try:
            plan.check(job.pending)
        except Trouble as trouble:
            return trouble
        plan.unblock(job.caller.device, job.resolved)
        return [await plan.decide(item, job.offset) for item in job.pending]

    async def _look(self, tx: Transaction, jobs: list[Job]) -> Known:
        """Lock the head and ask for everything the group touches, in one exchange.

        Each statement sees what was committed when it began, so those behind the lock see the log as it is now.
        """
        pending = [item for job in jobs for item in job.pending]
        dossiers = sorted({item.dossier for item in pending})
        past_of = _needing_history(pending)
        wanted = [*(d for d in dossiers if d not in self._states and d not in past_of), *past_of]
        ids = [item.id for item in pending]
        pairs = json.dumps([[item.device, item.device_seq] for item in pending])
        codes = [code for item in pending if item.event is not None and (code := code_of(item.event))]
        resolved = [identity for job in jobs for identity in job.resolved]
        seqs = (
            "SELECT {t}.device, {t}.device_seq, {t}.{id} FROM "
            + _pairs(self._database.kind)
            + " JOIN {t} ON {t}.device = p.device AND {t}.device_seq = p.seq"
        )
        questions: dict[str, Statement] = {
            "log": ("SELECT epoch, head FROM log WHERE id = 1 {lock}", {}),
            "others": (_OTHERS_SQL, {"head": self._head, "most": self._head + KEPT}),
            "events": ("SELECT id, place, flags, body FROM event WHERE id {in:ids}", {"ids": ids}),
            "verdicts": ("SELECT event, verdict, body FROM verdict WHERE event {in:ids}", {"ids": ids}),
            "placed": (seqs.replace("{t}", "event").replace("{id}", "id"), {"pairs": pairs}),
            "judged": (seqs.replace("{t}", "verdict").replace("{id}", "event"), {"pairs": pairs}),
            "blocks": ("SELECT device, dossier, event FROM block WHERE dossier {in:ds}", {"ds": dossiers}),
            "states": (_STATE_SQL, {"ds": wanted}),
            "past": (_PAST_SQL, {"ds": past_of}),
            "codes": ("SELECT code, dossier FROM code WHERE code {in:codes}", {"codes": codes}),
            "resolved": ("SELECT device, dossier, event FROM block WHERE event {in:es}", {"es": resolved}),
        }
        if self._head < 0:
            del questions["others"]
        asked = {name: asks for name, asks in questions.items() if not asks[1] or any(asks[1].values())}
        found = defaultdict(list, zip(asked, await tx.many(list(asked.values())), strict=True))
        ((epoch, head),) = found["log"]
        self._catch_up(epoch, head, [row[0] for row in found["others"]])
        histories = _histories(found["past"])
        states = await self._load(tx, found["states"], histories)
        stale = [d for d in dossiers if d not in wanted and d not in self._states]
        if stale:  # another process wrote to them since
            states.update(await self._load(tx, await tx.rows(_STATE_SQL, ds=stale), {}))
        states.update((d, self._states[d]) for d in dossiers if d not in wanted and d in self._states)
        return _known(head, found, states, histories)

    def _catch_up(self, epoch: str, head: int, others: list[str]) -> None:
        """Drop the states that other processes changed since our last commit."""
        if epoch == self._epoch and 0 <= self._head <= head <= self._head + KEPT:
            for dossier in others:
                self._states.pop(dossier, None)
        else:
            self._states.clear()
        self._head, self._epoch = head, epoch

    async def _load(
        self, tx: Transaction, rows: list[tuple[Any, ...]], histories: dict[str, list[Past]]
    ) -> dict[str, Held]:
        """States from their rows; folded anew where the row was written by another version of the rules."""
        old = [row[0] for row in rows if row[5] != SHAPE and row[0] not in histories]
        if old:
            histories = {**histories, **_histories(await tx.rows(_PAST_SQL, ds=old))}
        states = {}
        for identity, place, chain, seen_by, involved, shape, state in rows:
            dossier: Dossier | None = None
            if identity in histories:
                for past in histories[identity]:
                    dossier = evolve(dossier, past.event)
            elif shape == SHAPE:
                dossier = Dossier.model_validate_json(state)
            if dossier is not None:
                states[identity] = Held(
                    dossier, chain, place, frozenset(json.loads(seen_by)), tuple(json.loads(involved))
                )
        return states

    def _statements(self, plan: Plan, rows: Rows) -> list[Statement]:
        kind = self._database.kind
        changed = [
            (
                identity,
                held.dossier.version,
                held.place,
                held.chain,
                json.dumps(sorted(held.seen_by), ensure_ascii=False),
                json.dumps(held.involved, ensure_ascii=False),
                SHAPE,
                held.dossier.model_dump_json(),
            )
            for identity, held in rows.changed.items()
        ]
        numbers = sorted((*key, last) for key, last in rows.numbers.items())
        blocks = [(*key, event) for key, event in rows.blocks.items()]
        statements: list[Statement] = [
            ("DELETE FROM block WHERE device = :device AND dossier = :dossier", {"device": d, "dossier": x})
            for d, x in rows.unblocked
        ]
        statements += bulk(kind, schema.EVENT, _EVENT_COLUMNS, rows.events)
        statements += bulk(kind, schema.VERDICT, _VERDICT_COLUMNS, rows.verdicts)
        statements += bulk(
            kind,
            schema.BLOCK,
            ("device", "dossier", "event"),
            blocks,
            "ON CONFLICT (device, dossier) DO NOTHING",
        )
        statements += bulk(kind, schema.DOSSIER, _DOSSIER_COLUMNS, changed, _DOSSIER_UPSERT)
        statements += bulk(kind, schema.VISIBILITY, ("unit", "dossier", "since"), rows.visibility)
        statements += bulk(
            kind,
            schema.PERSON,
            ("dossier", "id", "commitment", "data"),
            rows.persons,
            "ON CONFLICT (dossier, id, commitment) DO NOTHING",
        )
        statements += bulk(
            kind, schema.CODE, ("code", "dossier"), rows.codes, "ON CONFLICT (code) DO NOTHING"
        )
        statements += bulk(kind, schema.COUNTER, ("agency", "day", "last"), numbers, _COUNTER_UPSERT)
        if rows.events:
            statements.append(
                ("UPDATE log SET head = head + :n WHERE id = 1 RETURNING head", {"n": len(rows.events)})
            )
            statements += self._database.notify(_notice(plan))
        return statements

    def _keep(self, plan: Plan) -> None:
        """Committed: remember the new states, oldest ones leave."""
        self._head = plan.head
        for identity, held in plan.known.states.items():
            if held.dossier.before is not None:
                held = replace(held, dossier=held.dossier.model_copy(update={"before": None}))
            self._states[identity] = held
            self._states.move_to_end(identity)
        while len(self._states) > KEPT:
            self._states.popitem(last=False)
        self.commits += 1
        self.accepted += len(plan.rows.events)
        self.refused += sum(1 for row in plan.rows.verdicts if '"refused"' in row[6])
        self.duplicates += sum(1 for row in plan.rows.verdicts if '"duplicate"' in row[6])


_STATE_SQL = "SELECT id, place, chain, seen_by, involved, shape, state FROM dossier WHERE id {in:ds}"
_PAST_SQL = "SELECT dossier, place, device, body FROM event WHERE dossier {in:ds} ORDER BY place"
_OTHERS_SQL = "SELECT DISTINCT dossier FROM event WHERE place > :head AND place <= :most"


def _pairs(kind: str) -> str:
    if kind == "postgres":
        return "(SELECT r->>0 AS device, (r->>1)::bigint AS seq FROM jsonb_array_elements(:pairs::jsonb) AS r) AS p"
    return "(SELECT json_extract(value, '$[0]') AS device, json_extract(value, '$[1]') AS seq FROM json_each(:pairs)) AS p"


def _known(
    head: int,
    found: Mapping[str, list[Row]],
    states: dict[str, Held],
    histories: dict[str, list[Past]],
) -> Known:
    """What the log says of a group, from the rows it was asked for."""
    return Known(
        head=head,
        events={row[0]: (row[1], row[2], row[3]) for row in found["events"]},
        verdicts={row[0]: (row[1], row[2]) for row in found["verdicts"]},
        seqs={(row[0], row[1]): row[2] for row in (*found["placed"], *found["judged"])},
        blocks={(row[0], row[1]): row[2] for row in (*found["blocks"], *found["resolved"])},
        states=states,
        histories=histories,
        codes=dict(found["codes"]),
    )


def _needing_history(pending: list[Pending]) -> list[str]:
    """Dossiers whose earlier states a decision may ask for."""
    kinds: tuple[type[ev.Event], ...] = (ev.Undone, *ev.FIELD_EDITS)
    return sorted({item.dossier for item in pending if isinstance(item.event, kinds)})


def _histories(rows: list[tuple[Any, ...]]) -> dict[str, list[Past]]:
    histories: dict[str, list[Past]] = {}
    for dossier, place, device, body in rows:
        histories.setdefault(dossier, []).append(Past(place, device, ev.event_from_json(body)))
    return histories


def _finder(tx: Transaction) -> FindEvent:
    async def find(identity: str) -> tuple[str, str]:
        rows = await tx.rows("SELECT kind, unit FROM event WHERE id = :id", id=identity)
        return (rows[0][0], rows[0][1]) if rows else ("", "")

    return find


def _new_code(tx: Transaction, known: Known) -> NewCode:
    async def new_code(taken: DossierCode) -> str:
        while True:
            rows = await tx.rows(
                "INSERT INTO counter (agency, day, last) VALUES (:agency, :day, :least) ON CONFLICT (agency, day)"
                " DO UPDATE SET last = {greatest}(counter.last + 1, excluded.last) RETURNING last",
                agency=taken.agency,
                day=taken.day.isoformat(),
                least=taken.number + 1,
            )
            code = format_code(taken.agency, taken.day, rows[0][0])
            used = await tx.rows("SELECT 1 FROM code WHERE code = :code", code=code)
            if not used and code not in known.codes:
                return code

    return new_code


def _notice(plan: Plan) -> str:
    """What listeners are told: the head, and the feeds that grew ("*" when they are too many to name)."""
    units = sorted(set().union(*(held.seen_by for held in plan.rows.changed.values())))
    notice = json.dumps({"head": plan.head, "units": units})
    return notice if len(notice) < NOTICE_BYTES else json.dumps({"head": plan.head, "units": ["*"]})
