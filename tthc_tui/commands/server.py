"""`tthc serve` and `tthc server …`: the backend, for the province's IT (needs the [server] extra)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tthc_tui.server.cli import serve, server_app

COMMANDS: dict[tuple[str, str], Callable[..., Any]] = {("", "serve"): serve}
GROUP = server_app
GROUP_COMMANDS = tuple(
    [f"server {command.name}" for command in server_app.registered_commands]
    + [
        f"server {group.name} {command.name}"
        for group in server_app.registered_groups
        for command in (group.typer_instance or server_app).registered_commands
    ]
)
