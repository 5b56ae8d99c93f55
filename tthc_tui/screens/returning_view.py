"""The dossier in hand at the return of results, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from tthc_tui.core import events as ev
from tthc_tui.core.base import vietnam_time
from tthc_tui.core.fees import due
from tthc_tui.core.states import CLOSED, State
from tthc_tui.desk.lists import DossierDetail
from tthc_tui.screens.detail_view import fee_lines, holder_line, owed_words, person_line, shortened

if TYPE_CHECKING:
    from tthc_tui.desk import Desk


@dataclass(frozen=True)
class ReturnData:
    """The dossier in hand, why it can't be returned ("" when it can) nor get its result here.

    `unfinished` are the codes of the dossiers of its chain (liên thông) that have no result yet.
    """

    detail: DossierDetail
    against: str
    against_resolve: str
    unfinished: tuple[str, ...] = ()


def read_return(desk: Desk, dossier: str) -> ReturnData:
    """One dossier as the returning officer needs it; runs in a thread."""
    detail = desk.detail(dossier)
    found = detail.dossier
    chained = () if found.root else desk.chain(found.id)
    return ReturnData(
        detail,
        desk.against(found, ev.Return()),
        desk.against(found, ev.Resolve()),
        tuple(line.code or line.short_id for line in chained if line.state not in {State.DONE, *CLOSED}),
    )


def doubts(data: ReturnData) -> tuple[str, str]:
    """What an officer has to think about before the result goes: a question and what can be done; ("", "") if nothing."""
    asked, advice = [], []
    if (owed := due(data.detail.dossier)) > 0:
        asked.append(f"Còn phải thu {owed:,} đồng.".replace(",", "."))
        advice.append(
            "Khoản này chưa ghi là đã thu. Để thu trước: Esc, mở hồ sơ (F3), Ctrl+O “Thu phí, lệ phí”."
        )
    if data.unfinished:
        asked.append(f"Hồ sơ liên thông chưa xong: {', '.join(data.unfinished)}.")
        advice.append("Người nộp sẽ phải đến lần nữa để nhận kết quả của hồ sơ liên thông.")
    return (" ".join([*asked, "Vẫn trả kết quả?"]) if asked else "", "\n".join(advice))


def return_title(desk: Desk, data: ReturnData, now: datetime) -> str:
    """The code and the result, or why there is none yet."""
    dossier = data.detail.dossier
    code = dossier.code or "(chưa cấp mã)"
    if not data.against:
        result = "KẾT QUẢ: ĐÃ GIẢI QUYẾT" if dossier.outcome != "denied" else "KẾT QUẢ: TỪ CHỐI GIẢI QUYẾT"
        return f"{code}   {result}"
    if dossier.state is State.RETURNED and dossier.returned_at:
        return f"{code}   ĐÃ TRẢ KẾT QUẢ lúc {vietnam_time(dossier.returned_at):%H:%M %d/%m/%Y}"
    if not dossier.open:
        return f"{code}   Không có kết quả để trả: {dossier.state.label.lower()}"
    left = desk.remaining_text(dossier, now)
    words = f"{code}   CHƯA CÓ KẾT QUẢ: {dossier.state.label.lower()}{', ' + left if left else ''}"
    return words + ("" if data.against_resolve else "   Ctrl+R ghi kết quả")


def return_facts(desk: Desk, detail: DossierDetail) -> str:
    """What is checked before handing over: procedure, applicant, who has it, what is owed."""
    dossier = detail.dossier
    lines = [
        f"Thủ tục         {dossier.procedure.code} {shortened(dossier.procedure.name)}",
        f"Người nộp       {person_line(detail.applicant)}",
    ]
    if detail.agent is not None:
        lines.append(f"Đã ủy quyền     {person_line(detail.agent)}  {dossier.authorisation}")
    if dossier.state is not State.DONE:
        lines.append(f"Đang giữ        {holder_line(desk, dossier)}")
    named = "; ".join(fee_lines(dossier)) if dossier.fees else ""
    lines.append(f"Phí, lệ phí     {owed_words(dossier)}" + (f" ({named})" if named else ""))
    return "\n".join(lines)
