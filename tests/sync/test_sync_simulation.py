"""Many seeded histories of the protocol; `make simulate` runs ten thousand."""

from __future__ import annotations

import os

from simulation import run_many

HISTORIES = int(os.environ.get("TTHC_HISTORIES", "300"))


def test_every_promise_holds_whatever_the_network_and_the_machines_do() -> None:
    failed = {seed: trouble for seed, trouble in run_many(range(1, HISTORIES + 1)) if trouble}
    assert not failed, f"run one again with `python tests/sync/simulation.py SEED`: {failed}"
