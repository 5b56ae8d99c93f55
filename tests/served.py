"""A server in a process of its own, quickly there: it may be killed and started again any number of times."""

from __future__ import annotations

import multiprocessing
import os
from multiprocessing.process import BaseProcess

from tthc_tui.server.settings import ServerSettings

_FORK = "forkserver" in multiprocessing.get_all_start_methods()
_PROCESSES = multiprocessing.get_context("forkserver" if _FORK else "spawn")
"""Where it can be, each server is a copy of a process that has imported everything once."""
if _FORK:
    _PROCESSES.set_forkserver_preload(
        ["pytest", "uvicorn", "tthc_tui.server.cli", "tthc_tui.server.app", "tthc_tui.server.postgres"]
    )


def start(settings: ServerSettings) -> BaseProcess:
    """A server of one process with these settings, begun; the caller ends it."""
    process = _PROCESSES.Process(target=_serve, args=(settings,), daemon=True)
    process.start()
    return process


def _serve(settings: ServerSettings) -> None:
    from tthc_tui.server.cli import run

    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    run(settings)
