"""The subcommands of `tthc`, thin over `Desk`: words in, one use case, words or JSON out."""

from __future__ import annotations

from tthc_tui.commands.tree import run

__all__ = ["run"]
