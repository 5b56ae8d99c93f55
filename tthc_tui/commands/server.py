"""`tthc serve` and `tthc server …`: the backend, for the province's IT (needs the [server] extra)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tthc_tui.server.cli import serve, server_app

COMMANDS: dict[tuple[str, str], Callable[..., Any]] = {("", "serve"): serve}
GROUP = server_app
GROUP_COMMANDS = (
    "server init",
    "server migrate",
    "server epoch",
    "server user add",
    "server user disable",
    "server device add",
    "server device disable",
    "server backup",
)
