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
from tthc_tui.store.tables import EventRow

_EVENT = EventRow.__table__  # type: ignore[attr-defined]


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
        rows = connection.execute(
            select(_EVENT.c.dossier, _EVENT.c.id, _EVENT.c.body, _EVENT.c.hash)
            .where(_EVENT.c.status == "confirmed")
            .order_by(_EVENT.c.place, _EVENT.c.pos)
            .execution_options(yield_per=1000)
        )
        for row in rows:
            if not row.hash:
                waiting += 1
                continue
            count += 1
            seen.add(row.dossier)
            yield Link(row.dossier, row.id, row.body, row.hash)

    broken = first_break(links())
    return Proof(count, len(seen), waiting, broken)


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
) -> FeedProof:
    """Check a whole feed (as a snapshot tells it) against its chains, this file's, and the signed checkpoints.

    `good` tells whether a signature is right. Memory grows with the number of events.
    """
    trouble = checkpoints_trouble(signed, good)
    if trouble:
        return FeedProof(trouble=trouble)
    seen: dict[int, tuple[str, str]] = {}
    dossiers = 0
    for line in lines:
        if not isinstance(line, SnapshotDossier):
            continue
        dossiers += 1
        broken = _dossier_break(connection, str(line.dossier), line.events)
        if broken is not None:
            return FeedProof(len(seen), dossiers, len(signed), 0, broken.sentence, broken)
        seen.update((item.place, (str(line.dossier), item.chain)) for item in line.events)
    covered, trouble = _covered(seen, signed)
    return FeedProof(len(seen), dossiers, len(signed), covered, trouble)


def _dossier_break(connection: Connection, dossier: str, items: Sequence[FeedEvent]) -> Break | None:
    links = [Link(dossier, str(event_from_json(item.event).id), item.event, item.chain) for item in items]
    broken = first_break(links)
    if broken is not None:
        return broken
    there = {link.event: link.hash for link in links}
    held = connection.execute(
        select(_EVENT.c.id, _EVENT.c.hash)
        .where(_EVENT.c.dossier == dossier, _EVENT.c.status == "confirmed", _EVENT.c.place.is_not(None))
        .order_by(_EVENT.c.place)
    )
    for row in held:
        if there.get(row.id) != row.hash:
            return Break(
                dossier=dossier,
                event=row.id,
                sentence=f"Sự kiện {row.id} của hồ sơ {dossier} trên máy chủ khác với bản đã nhận về máy này.",
            )
    return None


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
