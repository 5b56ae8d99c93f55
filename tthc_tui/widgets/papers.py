"""Values of the checklist: a published line, what was received of it, and how both read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tthc_tui.core.events import PaperForm
from tthc_tui.widgets.rows import fit

FORMS = (PaperForm.ORIGINAL, PaperForm.COPY, PaperForm.CERTIFIED, PaperForm.ELECTRONIC)
SHORT_FORMS = {
    PaperForm.ORIGINAL: "chính",
    PaperForm.COPY: "sao",
    PaperForm.CERTIFIED: "chứng thực",
    PaperForm.ELECTRONIC: "điện tử",
    PaperForm.LOOKED_UP: "tra CSDL",
    PaperForm.SHOWN: "xuất trình",
}


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One line of the published list, as the checklist shows it.

    `kind` is "submit", "present" or "note" (shown only on `n`, never demanded); `needed` None means the
    source does not say; lines sharing `one_of` are alternatives; `database` names what replaces the paper.
    """

    id: str
    label: str
    full: str = ""
    kind: str = "submit"
    needed: bool | None = None
    one_of: str = ""
    originals: int = 0
    copies: int = 0
    database: str = ""
    group: str = ""

    @property
    def demanded(self) -> bool:
        """Whether an intake is incomplete without this line (alternatives aside)."""
        return self.kind != "note" and not self.database and self.needed is True


@dataclass(frozen=True, slots=True)
class PaperState:
    """What was received of one line."""

    ticked: bool = False
    form: PaperForm = PaperForm.ORIGINAL
    count: int = 1


def blank_state(line: CheckLine) -> PaperState:
    """Nothing received yet; form and count as the list asks for them."""
    if line.kind == "present":
        return PaperState(form=PaperForm.SHOWN)
    form = PaperForm.COPY if line.copies and not line.originals else PaperForm.ORIGINAL
    return PaperState(form=form, count=max(line.originals, line.copies, 1))


def needs(line: CheckLine) -> str:
    """What the published list asks for: "1 chính 2 sao", "xuất trình"."""
    if line.kind == "present":
        return "xuất trình"
    parts = [f"{n} {word}" for n, word in ((line.originals, "chính"), (line.copies, "sao")) if n]
    return " ".join(parts) or "không ghi số"


def database_text(line: CheckLine, width: int) -> str:
    """The line of a paper that a database replaces, label and database side by side."""
    origin = f"khai thác từ {line.database}"
    room = width - len(origin) - 2
    return fit(f"{fit(line.label, max(room, width // 3))}  {origin}", width)


def remarks(line: CheckLine, state: PaperState) -> Iterable[str]:
    """Sentences shown under the whole text of a line."""
    if line.database:
        yield f"– Khai thác từ {line.database}, không yêu cầu nộp."
    if line.needed is None and line.kind != "note" and not line.database:
        yield "– Nguồn không ghi rõ có bắt buộc hay không."
