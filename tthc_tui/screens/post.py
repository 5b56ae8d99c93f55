"""Bưu chính công ích: results to send with their numbers, one list for the post, what became of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual.binding import Binding

from tthc_tui.core.base import vietnam_time
from tthc_tui.screens.dossier_rows import short_code
from tthc_tui.screens.handing import print_slip
from tthc_tui.screens.work_list import Listing, WorkList
from tthc_tui.widgets.dialogs import AskText
from tthc_tui.widgets.forms import Part
from tthc_tui.widgets.rowlist import Column, Row

if TYPE_CHECKING:
    from tthc_tui.core.dossier import Dossier
    from tthc_tui.desk import Desk

_TRACKED = (("delivered", "đã phát"), ("returned", "chuyển hoàn"), ("lost", "thất lạc"))


class PostScreen(WorkList):
    """Two lists: what has to go out, and what is on its way."""

    TITLE_VI = "Bưu chính"
    HELP_VI = (
        "Tab đổi giữa kết quả chờ gửi và bưu gửi đang đi. Ở danh sách chờ gửi: Space đánh dấu, F10 nhập số hiệu từng bưu "
        "gửi (quét mã trên phong bì) rồi in một danh sách bàn giao cho bưu chính. Ở danh sách đang đi: F10 ghi đã phát, "
        "chuyển hoàn hay thất lạc; đã phát là đã trả kết quả. F7 in lại danh sách."
    )
    BAR = ("help", "finish", "post.which", "print", "back")
    MARKABLE = True
    COLUMNS: ClassVar[tuple[Column, ...]] = (
        Column("Mã hồ sơ", 14),
        Column("Người nhận", least=14),
        Column("Gửi đến", least=14),
        Column("Số hiệu", 14),
        Column("Từ lúc", 11),
    )
    EMPTY = "Không có bưu gửi nào ở danh sách này."
    BINDINGS = [
        Binding("f10,ctrl+s", "go_on", "Gửi / báo phát", id="finish", key_display="F10"),
        Binding("tab,shift+tab", "which", "Chờ gửi / đang đi", id="post.which", key_display="Tab"),
        Binding("f7", "print", "In danh sách", id="print"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._underway = False

    def read(self, desk: Desk) -> Listing:
        """The chosen list with addresses and numbers."""
        waiting, underway = desk.post_waiting(), desk.post_underway()
        lines = underway if self._underway else waiting
        things = {line.id: desk.detail(line.id) for line in lines}
        rows = []
        for line in lines:
            detail = things[line.id]
            dossier, person = detail.dossier, detail.applicant
            sent = dossier.sendings[-1] if dossier.sendings else None
            since = sent.sent_at if self._underway and sent else dossier.resolved_at
            rows.append(
                Row(
                    line.id,
                    (
                        short_code(line),
                        line.applicant,
                        (sent.address if sent else "")
                        or dossier.delivery_address
                        or (person.address if person else ""),
                        sent.number if sent and self._underway else "",
                        f"{vietnam_time(since):%H:%M %d/%m}" if since else "",
                    ),
                )
            )
        first, second = f"Chờ gửi {len(waiting)}", f"Đang đi {len(underway)}"
        head = f"{first} · [{second}]" if self._underway else f"[{first}] · {second}"
        return Listing(head, rows, things)

    def more(self, thing: Any) -> str:
        """The address in full, the list it went with."""
        dossier: Dossier = thing.dossier
        sent = dossier.sendings[-1] if dossier.sendings else None
        person = thing.applicant
        address = dossier.delivery_address or (person.address if person else "")
        words = [f"{dossier.procedure.name}", f"Địa chỉ: {address or 'CHƯA CÓ, hãy hỏi người nộp'}"]
        if sent is not None and self._underway:
            words.append(f"{sent.carrier}, số {sent.number}, phiếu {sent.slip}")
        return "\n".join(words)

    def action_which(self) -> None:
        """Tab: the other list."""
        self._underway = not self._underway
        self.look(keep=False, hold=True)

    def action_go_on(self) -> None:
        """F10: give to the post, or tell what it reports."""
        if not self.table.chosen():
            self.say("Không có bưu gửi nào ở danh sách này.", error=True)
        elif self._underway:
            self._track()
        else:
            self._number([key for key in self.table.chosen() if key in self.listing.things], [])

    # -- sending ------------------------------------------------------------------------------------

    def _number(self, left: list[str], numbered: list[tuple[str, str]]) -> None:
        """Ask for the number of one sending after another; Esc at any of them sends nothing."""
        if not left:
            self._send(numbered)
            return
        dossier, place = left[0], len(numbered) + 1
        detail = self.listing.things[dossier]
        taken = {number for _, number in numbered}

        def check(text: str) -> str:
            return "Số hiệu này vừa dùng cho bưu gửi khác." if text.strip().upper() in taken else ""

        def given(number: str | None) -> None:
            if number is None:
                self.say("Chưa gửi bưu gửi nào.")
            else:
                self._number(left[1:], [*numbered, (dossier, number.strip().upper())])

        name = detail.applicant.name if detail.applicant else ""
        title = f"Số hiệu bưu gửi {place}/{place + len(left) - 1}: {detail.dossier.code} {name}"
        ask = AskText(title, placeholder="quét mã trên phong bì", max_length=40, check=check)
        ask.field.vietnamese = False
        self.app.push_screen(ask, given)

    def _send(self, numbered: list[tuple[str, str]]) -> None:
        def said(result: tuple[str, list[Dossier]]) -> str:
            slip, dossiers = result
            self.table.clear_marks()
            ids = [str(one.id) for one in dossiers]
            words = f"Đã giao bưu chính {len(ids)} kết quả, phiếu {slip}."
            self._print_list(ids[0], words)
            return words

        self.act(lambda desk: desk.send_post(numbered), said)

    def _track(self) -> None:
        ids = self.table.chosen()
        parts = [Part("state", "Tình trạng", options=_TRACKED), Part("note", "Ghi chú")]

        def job(desk: Desk, given: dict[str, str]) -> int:
            for one in ids:
                desk.track_post(one, cast(Any, given["state"]), note=given["note"])
            return len(ids)

        def said(count: int) -> str:
            self.table.clear_marks()
            return f"Đã ghi tình trạng {count} bưu gửi."

        self.ask(f"Bưu chính báo về {len(ids)} bưu gửi", parts, job, said)

    # -- the list for the post ----------------------------------------------------------------------

    def action_print(self) -> None:
        """F7: the list that the sending under the cursor went with."""
        detail = self.chosen
        if detail is None or not self._underway:
            self.say("Chọn một bưu gửi đang đi (Tab) để in lại danh sách của nó.", error=True)
            return
        self._print_list(str(detail.dossier.id))

    def _print_list(self, dossier: str, said: str = "") -> None:
        config = self.counter_app.config

        def printed(outcome: tuple[str, bool]) -> None:
            self.say(f"{said} {outcome[0]}".strip(), severity="ok" if outcome[1] else "warning")

        self.work(lambda desk: print_slip(desk, dossier, config, "ban-giao-bc"), printed, group="print")

    def on_row_list_opened(self, message: Any) -> None:
        """Enter: the dossier."""
        if self.chosen is not None:
            self.counter_app.open_screen("detail", dossier=str(self.chosen.dossier.id))

    def scanned_dossier(self, text: str) -> None:
        """A scanned receipt marks its row here; elsewhere it opens the dossier."""

        def found(line: Any) -> None:
            if self.table.move_to_key(line.id):
                self.table.marks.add(line.id)
                self.table.refresh()
                self.say(f"Đã đánh dấu {line.code}.", severity="ok")
            else:
                self.say(f"Hồ sơ {line.code} không có trong danh sách này.", error=True)

        self.work(lambda desk: desk.find_code(text), found, group="scan", hold=True)
