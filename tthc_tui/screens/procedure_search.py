"""Searching procedures as they are typed, for the screens that have one search box for them."""

from __future__ import annotations

from textual import on

from tthc_tui.core.lookup import SearchResult
from tthc_tui.screens.base import CounterScreen
from tthc_tui.screens.procedure_view import hit_rows
from tthc_tui.widgets.fields import LookupBox

_MOST = 60  # results of one search


class ProcedureSearch(CounterScreen):
    """A screen with one `LookupBox` of procedures: what is typed there is searched for."""

    @on(LookupBox.Query)
    def _asked_for(self, message: LookupBox.Query) -> None:
        message.stop()
        self._search(message.text)

    def _search(self, text: str) -> None:
        def show(result: SearchResult) -> None:
            self.query_one(LookupBox).show_results(text, hit_rows(result))

        def failed(_: str) -> None:
            self.query_one(LookupBox).no_answer(text)

        self.work(lambda desk: desk.search(text, limit=_MOST), show, group="search", failed=failed)
