"""What the commands that act on one dossier share: options, doing it, saying it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated

import typer

from tthc_tui.commands import values
from tthc_tui.commands.base import Session, find, show, table
from tthc_tui.core.base import Refused
from tthc_tui.core.codes import short_id
from tthc_tui.core.text import clean

if TYPE_CHECKING:
    from tthc_tui.core.dossier import Dossier
    from tthc_tui.core.views import DossierLine
    from tthc_tui.desk import Desk

NeedReason = Annotated[str, typer.Option("--reason", metavar="LÝ_DO", help="Lý do (bắt buộc).")]
Note = Annotated[str, typer.Option("--note", metavar="CHỮ", help="Ghi chú.")]


def act(
    ctx: typer.Context,
    code: str,
    as_json: bool,
    job: Callable[[Desk, str], Dossier],
    sentence: str | Callable[[Dossier], str],
) -> None:
    """Do one thing to the dossier a code names and say it; {code} in the sentence is its code."""
    session: Session = ctx.obj
    with session.desk(acting=True) as desk:
        done = job(desk, find(desk, code).id)
    say(as_json, done, sentence if isinstance(sentence, str) else sentence(done))


def say(as_json: bool, done: Dossier, sentence: str) -> None:
    """A dossier after an action, or one sentence with its code."""
    show(as_json, values.dossier(done), sentence.format(code=done.code or short_id(done.id)))


def list_results(desk: Desk, lines: Sequence[DossierLine], as_json: bool, none: str) -> None:
    """Results that wait: code, applicant, procedure; `none` where there is nothing to list."""
    data = {"count": len(lines), "dossiers": [values.line(desk, line) for line in lines]}
    rows = [(line.code, line.applicant, line.procedure) for line in lines]
    show(as_json, data, table(rows, (26, 24, 50)) if rows else none)


def working_days(text: str) -> Decimal:
    """A typed number of working days; Refused when it is none."""
    try:
        days = Decimal(text.replace(",", "."))
    except InvalidOperation:
        days = Decimal(0)
    if not 0 < days <= 1000:
        raise Refused(f"Số ngày “{clean(text)[:20]}” không đúng: hãy nhập số ngày làm việc.", "days")
    return days
