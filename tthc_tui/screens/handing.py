"""Printing at the counter, as the screens of dossiers share it: what came of it in one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tthc_tui.core.base import Refused
from tthc_tui.store.errors import StoreError

if TYPE_CHECKING:
    from tthc_tui.config import Config
    from tthc_tui.desk import Desk


def print_slip(desk: Desk, dossier: str, config: Config) -> tuple[str, bool]:
    """Print the handover slip a dossier went with: (sentence, whether it worked). Runs in a thread."""
    try:
        job = desk.print_handover(dossier, config.printer.to_printer(), config.receipts_dir)
    except (Refused, StoreError, ValueError, OSError) as error:
        return f"Phiếu bàn giao chưa in được: {error}", False
    return job.delivery.message, job.delivery.ok


def print_form(desk: Desk, dossier: str, config: Config, form: str = "") -> tuple[str, bool]:
    """Print a form of a dossier, marked as a reprint where it is one: (sentence, whether it worked)."""
    job = desk.print_form(dossier, config.printer.to_printer(), config.receipts_dir, form)
    again = f"In lại lần {job.reprint}. " if job.reprint else ""
    return again + job.delivery.message, job.delivery.ok
