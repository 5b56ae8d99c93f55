"""The first download, broken off at every place of its stream: it goes on, and nothing is missing or double."""

from __future__ import annotations

import httpx
import pytest
from sync_tools import Station
from test_sync_rounds import New, both_sync, confirmed, receive

from tthc_tui.store import sync_download
from tthc_tui.store.sync_errors import RemoteError


class Cut(httpx.SyncByteStream):
    """The beginning of an answer, and then the line breaks (or just ends, as some proxies do it)."""

    def __init__(self, content: bytes, breaks: bool) -> None:
        self.content, self.breaks = content, breaks

    def __iter__(self):  # type: ignore[no-untyped-def]
        yield self.content
        if self.breaks:
            raise httpx.ReadError("cut")


@pytest.mark.parametrize("breaks", [True, False], ids=["breaks", "ends"])
def test_a_download_cut_at_every_line_and_within_goes_on(
    new_station: New, monkeypatch: pytest.MonkeyPatch, breaks: bool
) -> None:
    monkeypatch.setattr(sync_download, "SNAPSHOT_BATCH", 2)
    lan, hung = new_station("a", "lan"), new_station("b", "hung", synced=False)
    for number in range(5):
        receive(lan, f"NGƯỜI THỨ {number}")
    lan.desk.sync_once()
    asked, shown = hung.network.handle_request, []

    def short(request: httpx.Request) -> httpx.Response:
        answer = asked(request)
        if not request.url.path.endswith("/snapshot"):
            return answer
        kind = {"content-type": answer.headers["content-type"]}
        lines = answer.content.splitlines(keepends=True)
        kept = [b"", b"".join(lines[:1]), lines[0] + lines[1][:40], b"".join(lines[:2]), b"".join(lines[:-1])]
        shown.append(len(lines))
        content = kept[(len(shown) - 1) % len(kept)]
        return httpx.Response(200, headers=kind, stream=Cut(content, breaks), request=request)

    monkeypatch.setattr(hung.network, "handle_request", short)
    mine = []
    for number in range(10):
        trouble: RemoteError | None = None
        try:
            hung.desk.sync_once()
        except RemoteError as error:
            trouble = error
        if trouble is None:
            break  # the cut fell behind the last line
        assert trouble.temporary
        if number % 4 == 0:  # work goes on meanwhile
            mine.append(receive(hung, f"KHÁCH THỨ {number}"))
    assert len(shown) >= 5
    assert hung.rows("SELECT count(*) FROM dossier") == [(5 + len(mine),)]
    monkeypatch.setattr(hung.network, "handle_request", asked)
    both_sync(hung, lan)
    assert confirmed(hung) == confirmed(lan)
    assert lan.rows("SELECT count(*) FROM dossier") == [(5 + len(mine),)]
    assert not hung.desk.sync_status().to_download


def test_a_full_disk_during_the_download_keeps_what_came(
    new_station: New, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync_download, "SNAPSHOT_BATCH", 2)
    lan, hung = new_station("a", "lan"), new_station("b", "hung", synced=False)
    for number in range(30):
        receive(lan, f"NGƯỜI THỨ {number}")
    lan.desk.sync_once()
    limit(hung, 2)
    from tthc_tui.store.errors import StoreError

    with pytest.raises(StoreError, match="đầy"):
        hung.desk.sync_once()
    assert 0 < hung.desk.sync_status().downloaded < 30
    assert hung.store.check() == []
    limit(hung, 0)
    both_sync(hung, lan)
    assert confirmed(hung) == confirmed(lan)


def limit(station: Station, more: int) -> None:
    """The file may grow by `more` pages; 0: as it likes. SQLite answers as on a full disk."""

    def job(connection: object) -> None:
        run = connection.exec_driver_sql  # type: ignore[attr-defined]
        pages = run("PRAGMA page_count").scalar()
        run(f"PRAGMA max_page_count = {pages + more if more else 4294967294}")

    station.store.write(job)
