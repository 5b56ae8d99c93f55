"""Which papers an intake lacks, and which may not be asked for at all."""

from __future__ import annotations

from collections.abc import Iterable

from tthc_tui.core import events as ev
from tthc_tui.core.base import Refused
from tthc_tui.core.procedure import Case, PaperKind, Requirement


def missing_papers(case: Case, papers: Iterable[ev.PaperReceived]) -> tuple[Requirement, ...]:
    """The needed lines that were neither handed in nor looked up; one of a group of alternatives suffices."""
    got = {paper.requirement for paper in papers if paper.count > 0}
    groups = {line.one_of for line in case.requirements if line.one_of and line.id in got}
    missing: list[Requirement] = []
    for line in case.requirements:
        if line.kind is PaperKind.NOTE or not line.needed or line.id in got or line.database:
            continue
        if line.one_of:
            if line.one_of in groups:
                continue
            groups.add(line.one_of)  # an unmet group is named once, by its first line
        missing.append(line)
    return tuple(missing)


def check_complete(case: Case, papers: Iterable[ev.PaperReceived]) -> None:
    """Refused, naming them, when needed papers are missing (Decree 118/2025, art. 17)."""
    missing = missing_papers(case, papers)
    if missing:
        names = "; ".join(line.label for line in missing)
        raise Refused(f"Thiếu giấy tờ bắt buộc: {names}. Hãy nhận đủ hoặc lập phiếu bổ sung (F9).", "papers")


def check_papers(case: Case, papers: Iterable[ev.PaperReceived]) -> None:
    """Refused when a paper is not on the published list (Decree 118/2025, art. 6) or its count is absurd."""
    lines = {line.id: line for line in case.requirements}
    for paper in papers:
        if paper.requirement not in lines and case.requirements:
            raise Refused(
                f"“{paper.name}” không có trong thành phần hồ sơ đã công bố: không được yêu cầu giấy tờ này.",
                "papers",
            )
        line = lines.get(paper.requirement)
        if line is not None and line.database and paper.count and not _no_demand(paper):
            raise Refused(
                f"“{line.label}” khai thác từ {line.database} (Nghị quyết 66.7/2025/NQ-CP), không yêu cầu nộp; "
                "nếu vẫn phải yêu cầu, hãy ghi lý do.",
                "database",
            )
        if not 0 <= paper.count <= 999:
            raise Refused(f"Số bản của “{paper.name}” phải từ 0 đến 999.", "papers")


def _no_demand(paper: ev.PaperReceived) -> bool:
    """Whether a paper that a database replaces was looked up or only shown, or its demand has a reason."""
    return paper.form in (ev.PaperForm.LOOKED_UP, ev.PaperForm.SHOWN) or bool(paper.demanded.strip())


def check_demand(case: Case, items: Iterable[str], demanded: str) -> None:
    """Refused when a paper asked for is in a national database and no reason is given (Resolution 66.7/2025)."""
    if demanded.strip():
        return
    asked = {item.casefold() for item in items}
    for line in case.requirements:
        if line.database and asked & {line.label.casefold(), line.name.casefold()}:
            raise Refused(
                f"“{line.label}” khai thác từ {line.database}, không được yêu cầu nộp; "
                "nếu dữ liệu thiếu hoặc sai, hãy ghi lý do.",
                "database",
            )


def received(line: Requirement) -> ev.PaperReceived:
    """A line of the published list as one paper handed in."""
    return ev.PaperReceived(requirement=line.id, name=line.label)
