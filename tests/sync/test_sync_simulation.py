"""Many seeded histories of the protocol; `make simulate` runs ten thousand."""

from __future__ import annotations

import os
from collections import Counter

from simulation import run_many

HISTORIES = int(os.environ.get("TTHC_HISTORIES", "300"))
SURE = {
    "request lost": 20,
    "answer lost": 15,
    "request twice": 3,
    "request late, behind others": 2,
    "no network": 40,
    "a portal's page": 5,
    "answer 5xx": 4,
    "crash before": 25,
    "crash after": 25,
    "clock skew": 35,
    "night": 35,
    "cloned disk": 10,
    "copy found out": 8,
    "station set back": 5,
    "backend restarted": 25,
    "backend set back": 3,
    "newcomer": 20,
    "two officers on one dossier": 25,
    "refused by the backend": 4,
    "tray holds code_taken": 6,
    "decided in the tray": 3,
    "numbers used up": 12,
    "provisional receipt": 50,
    "numbers given up": 100,
    "calendar published": 10,
    "calendar changed here": 10,
}
"""What a hundred histories must really hold at least, so that none of it is promised on paper alone."""
DIE_AT = (
    "IntakeDesk.receive",
    "DeskBase.act_all",
    "next_batch",
    "apply_verdicts",
    "apply_page",
    "begin_snapshot",
    "put_snapshot",
    "apply_batch",
    "finish_snapshot",
    "put_leases",
    "begin_closing",
    "close_leases",
    "give_code",
    "CodeSupply._refill",
    "SyncEngine.enrol",
    "SyncEngine._fork",
    "SyncEngine.sign_in",
    "SyncDesk.resolve_conflict",
)
"""Commits at which machines must have died, among others."""


def test_every_promise_holds_whatever_the_network_and_the_machines_do() -> None:
    failed: dict[int, str] = {}
    happened: Counter[str] = Counter()
    for seed, trouble, counted in run_many(range(1, HISTORIES + 1)):
        happened += counted
        if trouble:
            failed[seed] = trouble
    assert not failed, f"run one again with `python tests/sync/simulation.py SEED`: {failed}"
    if HISTORIES < 300:
        return
    for when in ("before", "after"):
        happened[f"crash {when}"] = sum(
            n for what, n in happened.items() if what.startswith(f"crash {when} ")
        )
    happened["decided in the tray"] = sum(n for what, n in happened.items() if what.startswith("tray: "))
    rare = {what: happened[what] for what, least in SURE.items() if happened[what] < least * HISTORIES / 100}
    assert not rare, f"too seldom to prove anything: {rare}"
    assert not [at for at in DIE_AT if not happened[f"crash before {at}"] + happened[f"crash after {at}"]]
