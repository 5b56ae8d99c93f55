"""A server in a process of its own, quickly there: it may be killed and started again any number of times."""

from __future__ import annotations

import multiprocessing
import os
from multiprocessing.process import BaseProcess
from pathlib import Path

_FORK = "forkserver" in multiprocessing.get_all_start_methods()
_PROCESSES = multiprocessing.get_context("forkserver" if _FORK else "spawn")
"""Where it can be, each server is a copy of a process that has imported everything once."""
if _FORK:
    _PROCESSES.set_forkserver_preload(
        ["pytest", "uvicorn", "tthc_tui.server.cli", "tthc_tui.server.app", "tthc_tui.server.postgres"]
    )


def start(url: str, port: int, key: Path) -> BaseProcess:
    """A server on this database and port, begun; the caller kills it."""
    process = _PROCESSES.Process(target=_serve, args=(url, port, key), daemon=True)
    process.start()
    return process


def _serve(url: str, port: int, key: Path) -> None:
    from tthc_tui.server.cli import run
    from tthc_tui.server.settings import ServerSettings

    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    many = 10**6
    run(
        ServerSettings(
            database=url,
            port=port,
            key_file=key,
            sign_ins_per_minute=many,
            requests_per_second=many,
            burst=many,
        )
    )
