"""Reading: a unit's feed as a view of the log, page by page, and snapshots of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

from tthc_tui.core import wire
from tthc_tui.core.wire import Cursor, ProblemCode, feed_tag
from tthc_tui.server.auth import Caller
from tthc_tui.server.clock import from_ms
from tthc_tui.server.database import Database, Row, Transaction
from tthc_tui.server.directory import ACTING, Directory, DirectoryKeeper
from tthc_tui.server.problems import Trouble
from tthc_tui.server.settings import ServerSettings

SNAPSHOT_PAGE = 250  # dossiers read at once

_COLUMNS = "e.place, e.dossier, e.body, e.chain, e.device, e.device_seq, e.received_at, e.flags"

# Live events stand at their own place; a dossier that arrives at `since` brings all events up to it.
# Each half is read in its own order and no further than the page, however large the unit.
_PAGE = f"""
SELECT * FROM (
  SELECT e.place AS at, {_COLUMNS} FROM event e
    JOIN visibility v ON v.unit = :unit AND v.dossier = e.dossier AND v.since < e.place
    WHERE e.place > :at AND e.place <= :until ORDER BY e.place LIMIT :count
) AS live
UNION ALL
SELECT * FROM (
  SELECT v.since AS at, {_COLUMNS} FROM visibility v
    JOIN event e ON e.dossier = v.dossier AND e.place <= v.since
    WHERE v.unit = :unit AND v.since >= :at AND v.since <= :until AND (v.since > :at OR e.place > :place)
    ORDER BY v.since, e.place LIMIT :count
) AS arrived
ORDER BY 1, 2 LIMIT :count
"""


class _Page(NamedTuple):
    """Some lines of a snapshot, and the last dossier's (since, id, number)."""

    lines: bytes
    reached: tuple[int, str, int]


class Feeds:
    """Pages and snapshots. Every question is bound to the feed of the caller's session."""

    def __init__(self, database: Database, directory: DirectoryKeeper, settings: ServerSettings) -> None:
        self._database = database
        self._directory = directory
        self._window = settings.feed_window

    async def page(self, caller: Caller, after: str, limit: int) -> bytes:
        """A FeedPage as JSON. "" as `after` reads from the beginning; 410 for a cursor of another log or feed."""
        directory = await self._directory.get()
        async with self._database.reading() as tx:
            ((epoch, head),) = await tx.rows("SELECT epoch, head FROM log WHERE id = 1")
            cursor = _cursor(after, epoch, head, caller.feed)
            until = min(head, cursor.at + self._window)
            rows = await tx.rows(
                _PAGE, unit=caller.feed, at=cursor.at, place=cursor.place, until=until, count=limit + 1
            )
            cut = len(rows) > limit
            rows = rows[:limit]
            events = await self._sent(tx, caller, directory, rows)
        if cut:
            cursor = cursor._replace(at=rows[-1][0], place=rows[-1][1])
        else:
            cursor = max(cursor, cursor._replace(at=until, place=until))
        more = cut or until < head
        tail = json.dumps({"cursor": cursor.encode(), "head": head, "more": more})
        return f'{{"events":[{",".join(events)}],{tail[1:]}'.encode()

    async def snapshot(self, caller: Caller, as_of: str, after: str) -> AsyncIterator[bytes]:
        """The lines of a snapshot; `as_of` and `after` resume one. 410 as in `page`, 422 for a wrong token."""
        directory = await self._directory.get()
        async with self._database.reading() as tx:
            ((epoch, head),) = await tx.rows("SELECT epoch, head FROM log WHERE id = 1")
            cursor = (
                _cursor(as_of, epoch, head, caller.feed)
                if as_of
                else Cursor(epoch, head, head, feed_tag(caller.feed))
            )
            since, dossier, done = _token(after)
            ((dossiers,), (events,)) = [
                rows[0]
                for rows in await tx.many(
                    [
                        (
                            "SELECT count(*) FROM visibility WHERE unit = :unit AND since <= :top",
                            {"unit": caller.feed, "top": cursor.at},
                        ),
                        (
                            "SELECT count(*) FROM visibility v JOIN event e ON e.dossier = v.dossier"
                            " AND e.place <= :top WHERE v.unit = :unit AND v.since <= :top",
                            {"unit": caller.feed, "top": cursor.at},
                        ),
                    ]
                )
            ]
        return self._lines(caller, directory, cursor, (since, dossier, done), dossiers, events)

    async def _lines(
        self,
        caller: Caller,
        directory: Directory,
        cursor: Cursor,
        start: tuple[int, str, int],
        dossiers: int,
        events: int,
    ) -> AsyncIterator[bytes]:
        text = cursor.encode()
        yield (
            wire.SnapshotStart(as_of=text, dossiers=dossiers, events=events).model_dump_json().encode()
            + b"\n"
        )
        done = start[2]
        ahead = asyncio.create_task(self._dossiers(caller, directory, cursor, start))
        try:
            while (page := await ahead).lines:
                done = page.reached[2]
                ahead = asyncio.create_task(self._dossiers(caller, directory, cursor, page.reached))
                yield page.lines  # taken by the station while the next ones are read
        finally:
            ahead.cancel()
            ahead.add_done_callback(lambda task: task.cancelled() or task.exception())  # nobody asks any more
        yield wire.SnapshotEnd(cursor=text, dossiers=done).model_dump_json().encode() + b"\n"

    async def _dossiers(
        self, caller: Caller, directory: Directory, cursor: Cursor, start: tuple[int, str, int]
    ) -> _Page:
        """The next lines of a snapshot behind `start`; none at its end."""
        since, dossier, done = start
        async with self._database.reading() as tx:
            page = await tx.rows(
                "SELECT since, dossier FROM visibility WHERE unit = :unit AND since <= :top"
                " AND (since, dossier) > (:since, :dossier) ORDER BY since, dossier LIMIT :count",
                unit=caller.feed,
                top=cursor.at,
                since=since,
                dossier=dossier,
                count=SNAPSHOT_PAGE,
            )
            rows = await tx.rows(
                f"SELECT 0, {_COLUMNS} FROM event e WHERE e.dossier {{in:ds}} AND e.place <= :top ORDER BY e.place",
                ds=[row[1] for row in page],
                top=cursor.at,
            )
            sinces = {row[1]: row[0] for row in page}
            rows = [(max(row[1], sinces[row[2]]), *row[1:]) for row in rows]
            sent = await self._sent(tx, caller, directory, rows)
        histories: dict[str, list[str]] = {row[1]: [] for row in page}
        for row, line in zip(rows, sent, strict=True):
            histories[row[2]].append(line)
        lines = []
        for since, dossier in page:
            done += 1
            token = f"{since}-{done}-{dossier}"
            lines.append(
                f'{{"line":"dossier","token":"{token}","done":{done},"dossier":"{dossier}",'
                f'"events":[{",".join(histories[dossier])}]}}\n'
            )
        return _Page("".join(lines).encode(), (since, dossier, done))

    async def _sent(
        self, tx: Transaction, caller: Caller, directory: Directory, rows: list[Row]
    ) -> list[str]:
        """Events as JSON texts, each with the personal data its reader may have."""
        dossiers = sorted({row[2] for row in rows})
        if not dossiers:
            return []
        people, involved = await tx.many(
            [
                ("SELECT dossier, id, commitment, data FROM person WHERE dossier {in:ds}", {"ds": dossiers}),
                ("SELECT id, involved FROM dossier WHERE id {in:ds}", {"ds": dossiers}),
            ]
        )
        scope = directory.scope(caller.unit)
        clear = {
            row[0] for row in involved if caller.roles & ACTING and not scope.isdisjoint(json.loads(row[1]))
        }
        held: dict[str, list[tuple[str, str]]] = {}
        for dossier, _, commitment, data in people:
            held.setdefault(dossier, []).append(
                (commitment, _person(data, commitment, masked=dossier not in clear))
            )
        return [_event(row, held.get(row[2], [])) for row in rows]


def _event(row: Row, people: list[tuple[str, str]]) -> str:
    at, place, _, body, chain, device, seq, received_at, flags = row
    persons = ",".join(data for commitment, data in people if commitment in body)
    sender = f'"{device}"' if device else "null"
    return (
        f'{{"at":{at},"place":{place},"event":{json.dumps(body, ensure_ascii=False)},"chain":"{chain}",'
        f'"device":{sender},"device_seq":{"null" if seq is None else seq},'
        f'"received_at":"{from_ms(received_at).isoformat()}","flags":{flags or "[]"},"persons":[{persons}]}}'
    )


def _person(data: str, commitment: str, *, masked: bool) -> str:
    """A person as sent down: as stored, or with everything hidden that tells who it is."""
    if not masked:
        return f'{data[:-1]},"commitment":"{commitment}"}}'
    person: dict[str, Any] = json.loads(data)
    kept = {"id": person["id"], "kind": person["kind"], "name": mask_name(person["name"])}
    shown = {**kept, "number": mask_tail(person["number"]), "phone": mask_tail(person["phone"])}
    return json.dumps({**shown, "commitment": commitment, "masked": True}, ensure_ascii=False)


def mask_name(name: str) -> str:
    """Initials only: "Nguyễn Thị Lan" → "N. T. L."."""
    return " ".join(f"{word[0]}." for word in name.split())


def mask_tail(text: str) -> str:
    """The last three characters only."""
    return "*" * (len(text) - 3) + text[-3:] if len(text) > 3 else "*" * len(text)


def _cursor(text: str, epoch: str, head: int, feed: str) -> Cursor:
    if not text:
        return Cursor(epoch, 0, 0, feed_tag(feed))
    try:
        cursor = wire.decode_cursor(text)
    except ValueError:
        raise Trouble(422, ProblemCode.MALFORMED, "Con trỏ gửi lên không đúng.", field="after") from None
    if cursor.epoch != epoch or cursor.feed != feed_tag(feed) or cursor.at > head:
        raise Trouble(
            410,
            ProblemCode.GONE,
            "Dữ liệu trên máy chủ đã bắt đầu lại hoặc đã đổi đơn vị: hãy tải lại từ đầu.",
        )
    return cursor


def _token(text: str) -> tuple[int, str, int]:
    if not text:
        return 0, "", 0
    since, _, rest = text.partition("-")
    done, _, dossier = rest.partition("-")
    good = all(p.isascii() and p.isdigit() and len(p) < 19 for p in (since, done)) and dossier.isprintable()
    if not good or len(dossier) > 40:
        raise Trouble(422, ProblemCode.MALFORMED, "Mốc tải tiếp gửi lên không đúng.", field="after")
    return int(since), dossier, int(done)
