"""A stack of receipts being handed over: what lies in it, what it should hold, and the difference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tthc_tui.core.states import RUNNING, State
from tthc_tui.core.views import DossierLine, DossierQuery
from tthc_tui.screens.dossier_rows import short_code, state_words
from tthc_tui.widgets.rowlist import Column, Row

if TYPE_CHECKING:
    from tthc_tui.desk import Desk

OUT, RESULTS, IN = "out", "results", "in"
DIRECTIONS = ((OUT, "Giao hồ sơ đi"), (IN, "Nhận hồ sơ, kết quả đến"), (RESULTS, "Giao kết quả đi"))
EMPTY = {
    OUT: "Không có hồ sơ nào chờ chuyển.",
    RESULTS: "Không có kết quả nào chờ giao về nơi tiếp nhận.",
    IN: "Không có hồ sơ, kết quả nào đang chuyển đến đơn vị bạn.",
}
FOLLOWING = {OUT: "(theo hồ sơ đầu tiên)", RESULTS: "(nơi tiếp nhận hồ sơ đầu tiên)"}
OUT_COLUMNS = (
    Column("Mã hồ sơ", 14),
    Column("Người nộp", least=12),
    Column("Thủ tục", least=10),
    Column("Nơi nhận", least=14),
    Column("Trạng thái", 15),
)
IN_COLUMNS = (
    Column("Đối chiếu", 12),
    Column("Mã hồ sơ", 14),
    Column("Người nộp", least=12),
    Column("Thủ tục", least=10),
    Column("Phiếu", 12),
    Column("Bên giao", least=12),
)


@dataclass
class Stack:
    """The dossiers on the desk. `expected` are those on the list, `scanned` the identities ticked so far."""

    expected: Mapping[str, DossierLine] = field(default_factory=dict)
    extra: dict[str, DossierLine] = field(default_factory=dict)  # scanned, but not on the list
    scanned: list[str] = field(default_factory=list)
    slip: str = ""  # only this slip is being received; "" for all

    def tick(self, line: DossierLine) -> bool:
        """Tick a dossier; False where it was ticked before."""
        if line.id in self.scanned:
            return False
        self.scanned.append(line.id)
        if line.id not in self.expected:
            self.extra[line.id] = line
        return True

    def flip(self, dossier: str) -> None:
        """Tick or untick by hand."""
        if dossier in self.scanned:
            self.scanned.remove(dossier)
            self.extra.pop(dossier, None)
        elif dossier in self.expected:
            self.scanned.append(dossier)

    def update(self, expected: Sequence[DossierLine]) -> None:
        """The list was read again: what is on it now is no longer surplus."""
        self.expected = {line.id: line for line in expected}
        for dossier in [one for one in self.extra if one in self.expected]:
            del self.extra[dossier]
        self.scanned = [one for one in self.scanned if one in self.expected or one in self.extra]

    @property
    def wanted(self) -> list[DossierLine]:
        """What the stack should hold: the chosen slip, or everything."""
        return [line for line in self.expected.values() if self.slip in ("", line.slip)]

    @property
    def missing(self) -> list[DossierLine]:
        """On the slip, not in the stack."""
        return [line for line in self.wanted if line.id not in self.scanned]

    @property
    def foreign(self) -> list[DossierLine]:
        """In the stack, not on the slip."""
        other = [self.expected[one] for one in self.scanned if one in self.expected and not self._mine(one)]
        return [*self.extra.values(), *other]

    @property
    def good(self) -> list[str]:
        """What can be handed over or accepted: scanned and on the list."""
        return [one for one in self.scanned if one in self.expected]

    def _mine(self, dossier: str) -> bool:
        return self.slip in ("", self.expected[dossier].slip)


def lines_of(desk: Desk, direction: str) -> list[DossierLine]:
    """What can be handed over, or taken in, in a direction; runs in a thread."""
    if direction == OUT:
        return outgoing(desk)
    return desk.results_waiting() if direction == RESULTS else desk.coming()


def outgoing(desk: Desk) -> list[DossierLine]:
    """Accepted here, handled elsewhere, not yet sent: what lies on the forwarding pile. Runs in a thread."""
    unit = desk.officer.unit
    rows = desk.find(DossierQuery(unit=unit, states=frozenset({State.ACCEPTED}), limit=2_000))
    lines = [line for line in desk.lines(rows) if line.handling_unit not in ("", unit) and not line.coming_to]
    return sorted(lines, key=lambda line: line.code)


def goes_to(line: DossierLine, direction: str) -> str:
    """The unit a dossier is sent to to be handled, or its result back to."""
    return line.receiving_unit if direction == RESULTS else line.handling_unit


def out_rows(stack: Stack, desk: Desk, direction: str) -> list[Row]:
    """The pile; ticked dossiers carry the mark of the list."""
    rows = []
    for line in (*stack.expected.values(), *stack.extra.values()):
        cells = (
            short_code(line),
            line.applicant,
            line.procedure,
            desk.site.unit_name(goes_to(line, direction)),
            state_words(line),
        )
        rows.append(Row(line.id, cells, "done" if line.id in stack.scanned else "normal"))
    return rows


def in_rows(stack: Stack, desk: Desk) -> list[Row]:
    """What is wrong first: surplus, then missing, then what was found."""
    found = [stack.expected[one] for one in stack.scanned if one in stack.expected]
    foreign = {line.id for line in stack.foreign}
    rows = [_in_row(desk, line, "! thừa", "overdue") for line in stack.foreign]
    rows += [
        _in_row(desk, line, "– chưa thấy", "today" if stack.scanned else "normal") for line in stack.missing
    ]
    return rows + [_in_row(desk, line, "✓ đã thấy", "done") for line in found if line.id not in foreign]


def _in_row(desk: Desk, line: DossierLine, word: str, state: str) -> Row:
    giver = desk.site.unit_name(line.holder_unit)
    return Row(line.id, (word, short_code(line), line.applicant, line.procedure, line.slip, giver), state)


def differences(stack: Stack) -> tuple[str, bool]:
    """The count in words, and whether the stack is complete."""
    slip = f"phiếu {stack.slip}" if stack.slip else "danh sách chuyển đến"
    good = sum(1 for one in stack.good if stack.slip in ("", stack.expected[one].slip))
    words = f"Đã thấy {good}/{len(stack.wanted)} hồ sơ của {slip}"
    missing, foreign = stack.missing, stack.foreign
    if missing and stack.scanned:
        words += f" · thiếu {len(missing)}"
    if foreign:
        words += f" · thừa {len(foreign)}"
    if not missing and not foreign and stack.wanted:
        words += " · khớp"
    return words, bool(stack.wanted) and not missing and not foreign


def codes_in_words(lines: Sequence[DossierLine], most: int = 5) -> str:
    """The codes of a few dossiers for a sentence."""
    codes = [short_code(line) for line in lines[:most]]
    return ", ".join(codes) + (f" và {len(lines) - most} hồ sơ nữa" if len(lines) > most else "")


def sending_words(stack: Stack, direction: str, unit: str) -> str:
    """How many of the pile are ticked, and where they go."""
    what, waits = ("hồ sơ", "chờ chuyển") if direction == OUT else ("kết quả", "chờ giao")
    return (
        f"Chồng {what}: {len(stack.scanned)} trong {len(stack.expected)} {waits} · "
        f"đến {unit or 'chưa chọn đơn vị'}"
    )


def sent_words(slip: str, direction: str, count: int, unit: str) -> str:
    """What was done, for the message line."""
    done = f"đã chuyển {count} hồ sơ đến" if direction == OUT else f"đã giao {count} kết quả cho"
    return f"Phiếu {slip}: {done} {unit}."


def against_sending(desk: Desk, line: DossierLine, target: str, direction: str = OUT) -> str:
    """Why a dossier can't join the slip to `target` ("" where no unit is set yet), "" where it can."""
    code = short_code(line)
    if line.coming_to:
        return f"{code}: đang chuyển đến {desk.site.unit_name(line.coming_to)}, chờ nhận."
    if direction == RESULTS and line.state is not State.DONE:
        return f"{code}: chưa có kết quả để giao, đang ở trạng thái “{line.state.label}”."
    if direction == OUT and line.state not in RUNNING:
        return f"{code}: không chuyển được, đang ở trạng thái “{line.state.label}”."
    if line.holder_unit != desk.officer.unit:
        return f"{code}: đang ở {desk.site.unit_name(line.holder_unit)}, không phải đơn vị bạn."
    unit = goes_to(line, direction)
    if target and unit != target:
        does = "được nhận ở" if direction == RESULTS else "do"
        ends = "" if direction == RESULTS else " xử lý"
        return f"{code}: {does} {desk.site.unit_name(unit)}{ends}, hãy lập phiếu khác."
    return ""


def why_surplus(desk: Desk, line: DossierLine) -> str:
    """Why a scanned dossier is not one that comes to this unit."""
    if line.coming_to:
        return f"được chuyển cho {desk.site.unit_name(line.coming_to)}, không phải đơn vị bạn"
    if line.holder_unit == desk.officer.unit:
        return "đơn vị bạn đang giữ rồi"
    return f"đang ở {desk.site.unit_name(line.holder_unit)}, chưa chuyển đến bạn"
