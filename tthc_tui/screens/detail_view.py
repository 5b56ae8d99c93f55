"""One dossier in words: head lines, story, and the steps an officer may take with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from textual.content import Content

from tthc_tui.core import events as ev
from tthc_tui.core import fees as money
from tthc_tui.core.base import vietnam_time
from tthc_tui.core.codes import short_id
from tthc_tui.core.dossier import Dossier
from tthc_tui.core.duration import say_instant, say_limit
from tthc_tui.core.link import SendState
from tthc_tui.core.people import Person
from tthc_tui.core.states import State
from tthc_tui.desk.law_choices import law_choices
from tthc_tui.desk.lists import DossierDetail
from tthc_tui.screens.detail_law_view import law_lines
from tthc_tui.screens.supplement import SupplementLine
from tthc_tui.widgets.rowlist import Row

if TYPE_CHECKING:
    from tthc_tui.desk import Desk
    from tthc_tui.desk.steps import Choice

_HEAD = "bold $text-primary"
LONGEST_NAME = 105


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the list of steps: the key that takes it, its words, the screen's action."""

    key: str
    label: str
    action: str
    kind: type[ev.Action] | None = None


STEPS = (
    Step("F6", "Chuyển xử lý", "forward", ev.Forward),
    Step("F10", "Nhận bàn giao", "accept", ev.AcceptHandover),
    Step("F9", "Yêu cầu bổ sung", "supplement", ev.RequestSupplement),
    Step("F10", "Nhận bổ sung", "supplemented", ev.Supplement),
    Step("F10", "Ghi kết quả", "resolve", ev.Resolve),
    Step("F5", "Trả kết quả", "give", ev.Return),
    Step("", "Rút hồ sơ", "withdraw", ev.Withdraw),
    Step("", "Từ chối", "reject", ev.Reject),
    Step("n", "Ghi chú", "note"),
    Step("F7", "In giấy tờ", "print"),
    Step("d", "Vì sao hẹn ngày đó", "explain"),
    Step("u", "Hoàn tác", "undo", ev.Undo),
)


@dataclass(frozen=True)
class DetailData:
    """Everything the screen shows, read at one moment in a thread."""

    detail: DossierDetail
    against: dict[type[ev.Action], str]
    papers: tuple[SupplementLine, ...]  # the published list, for a supplement request
    law: Mapping[str, str] = field(default_factory=dict)  # action → why not, of the finer legal steps
    send: SendState = SendState.NONE


def read_detail(desk: Desk, dossier: str) -> DetailData:
    """One dossier with what may be done next; runs in a thread."""
    detail = desk.detail(dossier)
    law = law_choices(desk, detail.dossier)
    identity = str(detail.dossier.id)
    send = desk.send_states([identity])[identity]
    papers = supplement_lines(desk, detail.dossier)
    against = _against(desk.choices(detail.dossier))
    if detail.dossier.state is State.DONE:
        against[ev.Forward] = law["hand_result"]  # F6 then hands the result over
    return DetailData(detail, against, papers, law, send)


def supplement_lines(desk: Desk, dossier: Dossier) -> tuple[SupplementLine, ...]:
    """Everything a supplement can ask for: what was noted as missing, then the whole published list."""
    from tthc_tui.desk.intake_papers import missing_papers

    case = desk.procedure_of(dossier).case(dossier.procedure.case)
    missing = {*dossier.missing, *(line.label for line in missing_papers(case, dossier.papers))}
    got = {paper.requirement for paper in dossier.papers if paper.count > 0}
    listed = [
        SupplementLine(line.label, line.label in missing, line.id in got, line.database)
        for line in case.requirements
        if line.kind.value != "note"
    ]
    noted = [SupplementLine(text, missing=True) for text in dossier.missing]
    found = {line.text: line for line in noted} | {line.text: line for line in listed}
    return tuple(found.values())


def _against(choices: Sequence[Choice]) -> dict[type[ev.Action], str]:
    """The reasons by step; accepting a completed dossier and a supplement are one step to the officer."""
    found = {choice.action: choice.against for choice in choices}
    if ev.Accept in found:
        found[ev.Supplement] = found.pop(ev.Accept)
    return found


def next_step(
    dossier: Dossier, against: Mapping[type[ev.Action], str], law: Mapping[str, str], unit: str
) -> str:
    """The action F10 takes: the one step that naturally comes next, "" where there is none."""
    if not law.get("approve", "…"):
        return "approve"
    order: list[tuple[type[ev.Action], str]] = [
        (ev.AcceptHandover, "accept"),
        (ev.Supplement, "supplemented"),
        (ev.Return, "give"),
    ]
    if dossier.state is State.ACCEPTED and dossier.handling_unit not in ("", unit):
        order.append((ev.Forward, "forward"))
    found = next((action for kind, action in order if not against.get(kind, "…")), "")
    if dossier.state is State.DONE and not found and not against.get(ev.Forward, "…"):
        return "forward"  # the result goes back to where the dossier was received
    if not found and not law.get("step_done", "…"):
        return "step_done"  # the result comes when the internal steps are done
    return found or ("" if against.get(ev.Resolve, "…") else "resolve")


def step_label(step: Step, state: State) -> str:
    """What a step is called in a state: with a result in hand that is passed on, and so forth."""
    if state is State.DONE and step.action == "forward":
        return "Bàn giao kết quả"
    if state is State.NEW and step.action == "supplemented":
        return "Tiếp nhận"
    return step.label


def step_rows(against: Mapping[type[ev.Action], str], chosen: str, state: State) -> list[Row]:
    """The steps as rows: what can't be taken is grey and says so in a word."""
    rows = []
    for step in STEPS:
        refused = bool(step.kind and against.get(step.kind, ""))
        key = step.key if step.key != "F10" or step.action == chosen else ""
        label = step_label(step, state)
        rows.append(
            Row(
                step.action,
                (key, f"{label} –" if refused else label),
                "dim" if refused else "normal",
            )
        )
    return rows


def title_line(desk: Desk, dossier: Dossier, now: datetime, send: SendState = SendState.NONE) -> str:
    """Code, what is left, state, whether the backend has it; the short id last, where there is room."""
    left = desk.remaining_text(dossier, now)
    words = [
        dossier.code or "(chưa cấp mã)",
        left.upper() if left.startswith("quá hạn") else left,
        state_line(dossier),
        send.label,
        f"số {short_id(dossier.id)}",
    ]
    return " · ".join(word for word in words if word)


def state_line(dossier: Dossier) -> str:
    """The official state, and the result where there is one."""
    if dossier.voided:
        return "Đã hủy (hoàn tác tiếp nhận)"
    if dossier.state is State.DONE and dossier.outcome == "denied":
        return f"{dossier.state.label} (từ chối giải quyết)"
    return dossier.state.label


def head_lines(desk: Desk, detail: DossierDetail, now: datetime) -> str:
    """Procedure, applicant, holder, dates: what is asked first."""
    dossier = detail.dossier
    case = dossier.procedure.case_name
    name = dossier.procedure.name + (f" ({case})" if case and case != "Thông thường" else "")
    name = shortened(name)
    limit = f" · {say_limit(dossier.limit)}" if dossier.limit else ""
    lines = [
        f"Thủ tục    {dossier.procedure.code}  {name}{limit}",
        f"Người nộp  {person_line(detail.applicant)}",
    ]
    if detail.agent is not None:
        lines.append(f"Ủy quyền   {person_line(detail.agent)}  {dossier.authorisation}")
    lines.append(f"Đang giữ   {holder_line(desk, dossier)}")
    received = (
        f"{vietnam_time(dossier.received_at):%H:%M %d/%m/%Y}" if dossier.received_at else "chưa tiếp nhận"
    )
    due = say_instant(dossier.due_at, now) if dossier.due_at else "chưa có"
    lines.append(f"Nhận       {received} · hẹn trả {due} · trả {dossier.delivery.label}")
    return "\n".join([*lines, *law_lines(desk, dossier, now)])


def shortened(name: str) -> str:
    """The name of a procedure in two lines at most: some have over a thousand letters; the story has it whole."""
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1].rstrip()}…"


def person_line(person: Person | None) -> str:
    """Name, number, birth, telephone."""
    if person is None:
        return "(đã xóa dữ liệu cá nhân)"
    facts = (
        person.name,
        person.number,
        person.birth and f"sinh {person.birth}",
        person.phone and f"ĐT {person.phone}",
    )
    return "  ".join(fact for fact in facts if fact)


def holder_line(desk: Desk, dossier: Dossier) -> str:
    """Who has it, or between whom it is."""
    officer = desk.site.officer(dossier.holder_officer)
    unit = desk.site.unit_name(dossier.holder_unit)
    if dossier.coming_to:
        return (
            f"đang chuyển đến {desk.site.unit_name(dossier.coming_to)}, chưa ký nhận (phiếu {dossier.slip})"
        )
    return f"{unit} ({officer.name})" if officer else unit


def story(detail: DossierDetail) -> Content:
    """What is asked for, the history (newest first, undone lines marked), papers, fees."""
    dossier = detail.dossier
    parts: list[Content | str | tuple[str, str]] = []
    if dossier.supplement_items and dossier.state is State.SUPPLEMENT:
        parts += [("Cần bổ sung", _HEAD), "\n"]
        parts += [f"  – {item}\n" for item in dossier.supplement_items]
        if dossier.reason:
            parts.append(f"  Lý do: {dossier.reason}\n")
    parts += [("Lịch sử", _HEAD), "\n"]
    for item in reversed(detail.history):
        when, who = f"{item.at:%H:%M %d/%m}", item.officer
        if item.undone:
            parts.append((f"  {when}  [đã hoàn tác] {item.text} · {who}\n", "$text-muted strike"))
        else:
            parts += [f"  {when}  {item.text}", (f" · {who}\n", "$text-muted")]
    if len(dossier.procedure.name) + len(dossier.procedure.case_name) > LONGEST_NAME:
        case = f" – {dossier.procedure.case_name}" if dossier.procedure.case_name else ""
        parts += [("Thủ tục", _HEAD), f"\n  {dossier.procedure.name}{case}\n"]
    parts += [("Thành phần hồ sơ", _HEAD), "\n"]
    parts += [f"  – {paper.name}: {paper.count} {paper.form}\n" for paper in dossier.papers] or [
        "  (không có)\n"
    ]
    parts += [("Phí, lệ phí", _HEAD), "\n", *(f"  – {line}\n" for line in fee_lines(dossier))]
    return Content.assemble(*parts)


def fee_lines(dossier: Dossier) -> list[str]:
    """Each charge, and whether it was paid."""
    if not dossier.fees:
        return ["không có khoản thu nào được ghi"]
    lines = []
    for fee in dossier.fees:
        amount = f"{fee.amount:,} đồng".replace(",", ".") if fee.amount else fee.note or "theo quy định"
        lines.append(f"{fee.name}: {amount}" + (f", đã thu {fee.number}".rstrip() if fee.paid else ""))
    return lines


def owed_words(dossier: Dossier) -> str:
    """What is still to be paid; a charge without a figure in the tariff is not free."""
    unpaid = [fee for fee in dossier.fees if not fee.paid]
    amount = money.due(dossier)
    open_figures = any(not fee.amount and fee.note != "miễn" for fee in unpaid)
    if amount:
        return f"CÒN PHẢI THU {amount:,} đồng".replace(",", ".") + (
            " và khoản theo quy định" if open_figures else ""
        )
    return "CÒN PHẢI THU theo quy định" if open_figures else "không còn khoản phải thu"
