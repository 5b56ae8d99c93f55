"""A screen that is one list of work: head line, rows, what the row under the cursor says in full."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.widget import Widget
from textual.widgets import Static

from tthc_tui.screens.base import CounterScreen, DataChanged, Ticked
from tthc_tui.widgets.forms import Answers, FormDialog, Part
from tthc_tui.widgets.rowlist import Column, ListSource, Row, RowList

if TYPE_CHECKING:
    from tthc_tui.config import Config
    from tthc_tui.desk import Desk
    from tthc_tui.printing.document import Document


@dataclass(frozen=True)
class Listing:
    """One reading: the head line, the rows, and by row key what a row stands for."""

    head: str = ""
    rows: Sequence[Row] = ()
    things: Mapping[str, Any] = field(default_factory=dict)


class WorkList(CounterScreen):
    """Subclasses give COLUMNS, `read` (in a thread) and, where it helps, `more`."""

    COLUMNS: ClassVar[tuple[Column, ...]] = ()
    EMPTY = "Không có gì trong danh sách."
    MARKABLE = False
    FIRST = "#work-list"  # what takes the keys first
    CSS_PATH = ["base.tcss", "work_list.tcss"]

    def __init__(self) -> None:
        super().__init__()
        self.listing = Listing()
        self._minute = ""

    def compose_body(self) -> Iterable[Widget]:
        """Head, list, more."""
        yield Static("", id="list-head", markup=False)
        yield from self.compose_filters()
        yield RowList(self.COLUMNS, id="work-list", markable=self.MARKABLE, empty_text=self.EMPTY)
        yield Static("", id="list-more", markup=False)

    def compose_filters(self) -> Iterable[Widget]:
        """What stands between head and list."""
        return ()

    def on_mount(self) -> None:
        """The list takes the keys, or what FIRST names."""
        self.query_one(self.FIRST).focus()
        self.look()

    def on_resize(self) -> None:
        """Small terminals keep the head and the list."""
        self.set_class(self.app.size.height < 14, "-short")

    @property
    def table(self) -> RowList:
        """The list."""
        return self.query_one("#work-list", RowList)

    @property
    def chosen(self) -> Any:
        """What the row under the cursor stands for, None where the list is empty."""
        return self.listing.things.get(self.table.cursor_key or "")

    # -- reading ------------------------------------------------------------------------------------

    def read(self, desk: Desk) -> Listing:
        """Everything the screen shows; runs in a thread. Nothing, where a screen has nothing to list."""
        return Listing("")

    def more(self, thing: Any) -> str:
        """What the row under the cursor says in full."""
        return ""

    def look(self, *, keep: bool = True, hold: bool = False) -> None:
        """Read again; the cursor stays on its row, or goes to the top where another list was asked for."""

        def show(listing: Listing) -> None:
            self.listing = listing
            self.query_one("#list-head", Static).update(listing.head)
            self.table.set_source(ListSource(listing.rows), keep=keep)
            self._say_more()
            self.refresh_bindings()

        self.work(self.read, show, group="list", hold=hold)

    @on(RowList.Highlighted, "#work-list")
    def _say_more(self) -> None:
        thing = self.chosen
        self.query_one("#list-more", Static).update(self.more(thing) if thing is not None else "")

    def on_data_changed(self, message: DataChanged) -> None:
        """Somebody worked."""
        self.look()

    def on_ticked(self, message: Ticked) -> None:
        """Clocks run out by the minute."""
        minute = f"{message.now:%d %H:%M}"
        if minute != self._minute:
            self._minute = minute
            self.look()

    # -- acting -------------------------------------------------------------------------------------

    def act(self, job: Callable[[Desk], Any], said: Callable[[Any], str]) -> None:
        """Do it, say it, read again."""

        def done(result: Any) -> None:
            self.say(said(result), severity="ok")
            self.look(hold=True)

        self.work(job, done, group="act", write=True, failed=lambda sentence: self.look(hold=True))

    def ask(
        self,
        title: str,
        parts: Sequence[Part],
        job: Callable[[Desk, Answers], Any],
        said: Callable[[Any], str],
        *,
        body: str = "",
    ) -> None:
        """Ask for several values, act, say it; a refusal brings the form back with everything typed."""

        def show(shown: Sequence[Part], problem: str = "") -> None:
            self.app.push_screen(FormDialog(title, shown, body=body, problem=problem), answered)

        def answered(given: Answers | None) -> None:
            if given is None:
                return

            def done(result: Any) -> None:
                self.say(said(result), severity="ok")
                self.look(hold=True)

            def refused(sentence: str) -> None:
                show([replace(part, value=given[part.name]) for part in parts], sentence)

            self.work(lambda desk: job(desk, given), done, group="act", write=True, failed=refused)

        show(parts)

    def print_sheet(
        self, make: Callable[[Desk], Document], name: str, form: str, key: str, said: str = ""
    ) -> None:
        """Print a form that belongs to no single dossier; without a printer it says where the file lies."""
        config = self.counter_app.config

        def printed(outcome: tuple[str, bool]) -> None:
            self.say(f"{said} {outcome[0]}".strip(), severity="ok" if outcome[1] else "warning")

        self.work(lambda desk: printed_sheet(desk, make, config, name, form, key), printed, group="print")


def in_lines(parts: Sequence[str], width: int) -> str:
    """Parts with a dot between them, broken only between parts."""
    lines = [""]
    for part in parts:
        longer = f"{lines[-1]} · {part}" if lines[-1] else part
        if len(longer) > width and lines[-1]:
            lines.append(part)
        else:
            lines[-1] = longer
    return "\n".join(lines)


def printed_sheet(
    desk: Desk, make: Callable[[Desk], Document], config: Config, name: str, form: str, key: str
) -> tuple[str, bool]:
    """Print a sheet, marked as a reprint where it is one: (sentence, whether it worked); runs in a thread."""
    import os

    job = desk.print_sheet(make(desk), config.printer.to_printer(), config.receipts_dir, name, form, key)
    again = f"In lại lần {job.reprint}. " if job.reprint else ""
    return again + job.delivery.message.replace(f"{config.data_dir}{os.sep}", ""), job.delivery.ok
