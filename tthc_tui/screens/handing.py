"""What the screens of dossiers share: printing told in one sentence, the question what was decided."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, cast

from tthc_tui.core.base import Refused
from tthc_tui.store.errors import StoreError
from tthc_tui.widgets.dialogs import AskText, Pick

if TYPE_CHECKING:
    from tthc_tui.config import Config
    from tthc_tui.desk import Desk
    from tthc_tui.screens.base import CounterScreen

Outcome = Literal["granted", "denied"]
_OUTCOMES = (
    ("granted", "Đã giải quyết, có kết quả"),
    ("denied", "Từ chối giải quyết, có văn bản trả lời"),
)


def print_slip(desk: Desk, dossier: str, config: Config, form: str = "ban-giao") -> tuple[str, bool]:
    """Print the slip a dossier or result was handed over with: (sentence, whether it worked); in a thread."""
    try:
        job = desk.print_passing(dossier, config.printer.to_printer(), config.receipts_dir, form)
    except (Refused, StoreError, ValueError, OSError) as error:
        return f"Phiếu bàn giao chưa in được: {error}", False
    return _near(job.delivery.message, config), job.delivery.ok


def print_form(desk: Desk, dossier: str, config: Config, form: str = "") -> tuple[str, bool]:
    """Print a form of a dossier, marked as a reprint where it is one: (sentence, whether it worked)."""
    job = desk.print_form(dossier, config.printer.to_printer(), config.receipts_dir, form)
    again = f"In lại lần {job.reprint}. " if job.reprint else ""
    return again + _near(job.delivery.message, config), job.delivery.ok


def _near(message: str, config: Config) -> str:
    """Paths as seen from the data folder: the message is one line."""
    return message.replace(f"{config.data_dir}{os.sep}", "")


def ask_outcome(screen: CounterScreen, then: Callable[[Outcome, str], None]) -> None:
    """Ask what the competent body decided and the number of its paper; Esc at either question ends it."""

    def decided(outcome: str | None) -> None:
        if outcome is None:
            return
        ask = AskText("Số văn bản, kết quả", required=False, placeholder="có thể bỏ trống", max_length=100)

        def numbered(number: str | None) -> None:
            if number is not None:
                then(cast(Outcome, outcome), number)

        screen.app.push_screen(ask, numbered)

    screen.app.push_screen(Pick("Kết quả giải quyết", _OUTCOMES, value="granted"), decided)
