"""Proving histories: the hash chains of this file, and the feed it follows against them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from tthc_tui.core.chain import (
    Break,
    Link,
    SignedCheckpoint,
    checkpoints_trouble,
    first_break,
    heads_digest,
)
from tthc_tui.core.events import event_from_json
from tthc_tui.core.wire import FeedEvent, SnapshotDossier, SnapshotEnd, SnapshotStart
from tthc_tui.store.driver import column, first, rows
from tthc_tui.store.tables import EventRow

_EVENT = EventRow.__table__  # type: ignore[attr-defined]
_CUT_OFF = """
SELECT d.id, d.version, count(e.id), max(e.id) FROM dossier d
LEFT JOIN event e ON e.dossier = d.id AND e.status IN ('confirmed', 'pending')
GROUP BY d.id HAVING count(e.id) <> d.version LIMIT 1
"""
_READ = (
    "SELECT id, hash FROM event WHERE dossier = ? AND status = 'confirmed' AND place IS NOT NULL AND place <= ?"
    " ORDER BY place"
)
_OF_FEED = "SELECT DISTINCT dossier FROM event WHERE status = 'confirmed' AND place <= ?"


@dataclass(frozen=True, slots=True)
class Proof:
    """What was proved: events whose chain fits, dossiers they belong to, events not yet in any chain.

    `broken` names the first event that does not fit, None when all do.
    """

    events: int
    dossiers: int
    waiting: int
    broken: Break | None


def verify_file(connection: Connection) -> Proof:
    """Walk every chain the file holds; events that the backend has not confirmed have none yet."""
    seen: set[str] = set()
    count = waiting = 0

    def links() -> Iterator[Link]:
        nonlocal count, waiting
        found = connection.execute(
            select(_EVENT.c.dossier, _EVENT.c.id, _EVENT.c.body, _EVENT.c.hash)
            .where(_EVENT.c.status == "confirmed")
            .order_by(_EVENT.c.place, _EVENT.c.pos)
            .execution_options(yield_per=1000)
        )
        for row in found:
            if not row.hash:
                waiting += 1
                continue
            count += 1
            seen.add(row.dossier)
            yield Link(row.dossier, row.id, row.body, row.hash)

    broken = first_break(links()) or _cut_off(connection)
    return Proof(count, len(seen), waiting, broken)


def _cut_off(connection: Connection) -> Break | None:
    """A dossier whose list entry knows of more (or fewer) events than there are: a chain alone can't show its end."""
    found = first(connection, _CUT_OFF)
    if found is None:
        return None
    dossier, known, count, last = found
    return Break(
        dossier=dossier,
        event=last or "",
        sentence=f"Hồ sơ {dossier} phải có {known} sự kiện nhưng tệp có {count}: có sự kiện bị bớt hoặc thêm.",
    )


@dataclass(frozen=True, slots=True)
class FeedProof:
    """What was proved of the backend's feed. `trouble` is the first thing that does not fit, "" when all does.

    `checkpoints` were signed in one line; of them `covered` sign nothing that this feed does not show, so that
    their digests were checked too.
    """

    events: int = 0
    dossiers: int = 0
    checkpoints: int = 0
    covered: int = 0
    trouble: str = ""
    broken: Break | None = None


def verify_feed(
    connection: Connection,
    lines: Iterable[SnapshotStart | SnapshotDossier | SnapshotEnd],
    signed: Sequence[SignedCheckpoint],
    good: Callable[[SignedCheckpoint], bool],
    read: int | None = None,
) -> FeedProof:
    """Check a feed (as a snapshot tells it) against its chains, this file's, and the signed checkpoints.

    `good` tells whether a signature is right. `read` is how far this file has read the feed: the snapshot must
    be as of there, and the file hold just what it tells; None where that is not known. Memory grows with the
    number of events.
    """
    trouble = checkpoints_trouble(signed, good)
    if trouble:
        return FeedProof(trouble=trouble)
    seen: dict[int, tuple[str, str]] = {}
    dossiers = 0
    unseen = set(column(connection, _OF_FEED, (read or 0,)))
    for line in lines:
        if not isinstance(line, SnapshotDossier):
            continue
        dossiers += 1
        unseen.discard(str(line.dossier))
        broken = _dossier_break(connection, str(line.dossier), line.events, read)
        if broken is not None:
            return FeedProof(len(seen), dossiers, len(signed), 0, broken.sentence, broken)
        seen.update((item.place, (str(line.dossier), item.chain)) for item in line.events)
    if unseen:
        gone = f"Máy chủ không còn hồ sơ {min(unseen)} mà máy này đã nhận về."
        return FeedProof(len(seen), dossiers, len(signed), 0, gone)
    covered, trouble = _covered(seen, signed)
    return FeedProof(len(seen), dossiers, len(signed), covered, trouble)


def _dossier_break(
    connection: Connection, dossier: str, items: Sequence[FeedEvent], read: int | None
) -> Break | None:
    links = [Link(dossier, str(event_from_json(item.event).id), item.event, item.chain) for item in items]
    broken = first_break(links)
    if broken is not None:
        return broken
    there = {link.event: link.hash for link in links}
    held = dict(rows(connection, _READ, (dossier, items[-1].place if read is None else read)))
    for event, hashed in held.items():
        if there.get(event) != hashed:
            return Break(
                dossier=dossier,
                event=event,
                sentence=f"Sự kiện {event} của hồ sơ {dossier} trên máy chủ khác với bản đã nhận về máy này.",
            )
    missing = next((event for event in there if event not in held), None)
    if missing is None or read is None:
        return None
    return Break(
        dossier=dossier,
        event=missing,
        sentence=f"Sự kiện {missing} của hồ sơ {dossier} có trên máy chủ nhưng không còn trên máy này.",
    )


def _covered(seen: dict[int, tuple[str, str]], signed: Sequence[SignedCheckpoint]) -> tuple[int, str]:
    """How many checkpoints sign just what this feed shows, and the sentence on one whose digest differs."""
    covered = low = 0
    places = sorted(seen)
    for item in signed:
        checkpoint = item.checkpoint
        inside = [place for place in places if low < place <= checkpoint.place]
        low = checkpoint.place
        if len(inside) < checkpoint.events:
            continue  # other units' dossiers are signed with ours: their chains are not for us to see
        grown = dict(seen[place] for place in inside)
        if len(inside) > checkpoint.events or heads_digest(grown.items()) != checkpoint.heads:
            return covered, (
                f"Máy chủ không khớp với mốc ký số {checkpoint.number}: có sự kiện bị thêm, bớt hoặc sửa."
            )
        covered += 1
    return covered, ""
