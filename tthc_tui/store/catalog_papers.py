"""The list of papers of a portal record: notes told from papers, cases from kinds (law.md §4.2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tthc_tui.core.procedure import Case, Origin, PaperKind, Requirement
from tthc_tui.core.text import fold
from tthc_tui.store.catalog_records import line_of, unbulleted

USUAL = "Thông thường"

# Folded first words by which a line with neither originals nor copies is still a paper.
_PAPER = re.compile(
    r"(?:\d+ (?:bo|ban) |mot trong |ban |to khai|don |giay|van ban|ho chieu|the |can cuoc|chung minh|"
    r"hop dong|quyet dinh|bien ban|so |phieu|ho so |anh |danh sach|bao cao|tai lieu|bang |chung chi|mau |"
    r"so do|thuyet minh|phuong an|du an|de an|ke hoach|hoa don|cong van|ly lich|trich luc|trich do|manh |"
    r"to trinh|du thao|nghi quyet|dieu le|chung tu|y kien|ho khau|phong bi|ket qua|cam ket)"
)
# Folded words by which such a line is an explanation, whatever it begins with.
_NOTE = re.compile(
    r"(?:luu y|ghi chu|truong hop|doi voi|nguoi |ca nhan |co quan |neu |viec |khi |can bo|cong dan|hai ben)"
)
_DUTY = re.compile(r"phai duoc |co trach nhiem|khong duoc |thuc hien viec|co quyen |duoc su dung ")
_HEADING = re.compile(r"(?:cac giay to sau|gom|gom co|bao gom|sau day)\s*(?:day)?:?$")
_CONDITIONAL = re.compile(r"neu co|^truong hop|trong truong hop|^neu |\(neu |^doi voi ")
_BY_CHANNEL = re.compile(r"hinh thuc truc t(?:iep|uyen)")  # "nếu nộp trực tiếp" is no condition at a counter
_FORM = re.compile(r"to khai|don |mau |giay de nghi|phieu khai|van ban de nghi|van ban yeu cau")
_CASE = re.compile(
    r"(?:\(?\d+(?:\.\d+)*[).]|[a-z]{1,2}\)|doi voi|truong hop|thanh phan ho so|ho so )|.*truong hop"
)


@dataclass(slots=True)
class _Group:
    title: str
    kind: PaperKind | None
    case: bool
    papers: list[Requirement] = field(default_factory=list)


def read_cases(record: Mapping[str, Any], doubts: list[str]) -> tuple[Case, ...]:
    """The cases of a portal record with their papers in checking order; what was guessed goes to `doubts`.

    Groups named by a kind ("Giấy tờ phải xuất trình") or not named hold for every case.
    """
    groups = [_group(raw, doubts) for raw in record.get("executionCases") or ()]
    groups = [group for group in groups if group.papers]
    named = [group for group in groups if group.case]
    if not groups:
        doubts.append("Nguồn không ghi giấy tờ nào cho thủ tục này.")
        return (Case(name=USUAL),)
    _tell_counts(groups, doubts)
    if len(named) < 2:
        return (Case(name=USUAL, requirements=_ordered([p for g in groups for p in g.papers])),)
    common = [paper for group in groups if not group.case for paper in group.papers]
    if any(paper.kind is not PaperKind.NOTE for paper in common):
        doubts.append("Giấy tờ không ghi thuộc trường hợp nào được hiểu là chung cho mọi trường hợp.")
    doubts.append(f"Thành phần hồ sơ chia theo {len(named)} trường hợp; hãy chọn đúng trường hợp khi nhận.")
    return tuple(
        Case(code=f"th{n}", name=group.title, requirements=_ordered(group.papers + common))
        for n, group in enumerate(named, 1)
    )


def _group(raw: Mapping[str, Any], doubts: list[str]) -> _Group:
    title = unbulleted(line_of(raw.get("name"))).rstrip(" :")
    folded = fold(title)
    kind = (
        PaperKind.PRESENT
        if folded.startswith("giay to phai xuat trinh")
        else PaperKind.SUBMIT
        if folded.startswith("giay to phai nop")
        else PaperKind.NOTE
        if folded.startswith(("luu y", "ghi chu"))
        else None
    )
    plain = kind is not None or folded in ("", "thanh phan ho so", "ho so gom", "ho so")
    paper_like = bool(_FORM.match(folded)) or (bool(_PAPER.match(folded)) and not _CASE.match(folded))
    group = _Group(title=title, kind=kind, case=not plain and not paper_like)
    heading = "" if plain and "(" not in title else title
    for component in raw.get("profileComponents") or ():
        if (paper := _paper(component, kind, heading, doubts)) is not None:
            group.papers.append(paper)
    return group


def _paper(
    raw: Mapping[str, Any], kind: PaperKind | None, heading: str, doubts: list[str]
) -> Requirement | None:
    name = unbulleted(line_of(raw.get("name")))
    if not name:
        doubts.append("Một dòng thành phần hồ sơ không có tên, đã bỏ qua.")
        return None
    originals, copies = _count(raw.get("originalQty")), _count(raw.get("copyQty"))
    told = _kind(name, kind, originals + copies, doubts)
    conditional = bool(_CONDITIONAL.search(fold(name))) and not _BY_CHANNEL.search(fold(name))
    return Requirement(
        id=line_of(raw.get("code")) or line_of(raw.get("profileComponentId")),
        name=name,
        kind=told,
        originals=originals,
        copies=copies,
        needed=False if conditional and told is not PaperKind.NOTE else None,
        group=heading,
        template="; ".join(filter(None, (line_of(a.get("fileName")) for a in raw.get("attachments") or ()))),
        origin=Origin.IMPORTED,
    )


def _kind(name: str, group: PaperKind | None, count: int, doubts: list[str]) -> PaperKind:
    if group is PaperKind.NOTE:
        if count:
            doubts.append(
                f"Dòng “{_cut(name)}” ghi số lượng {count} nhưng nằm trong nhóm Lưu ý; coi là lưu ý."
            )
        return PaperKind.NOTE
    kind = group or PaperKind.SUBMIT
    if count:
        return kind
    folded = fold(name)
    heading = bool(_HEADING.search(folded.rstrip(" .")))
    if heading or _NOTE.match(folded) or _DUTY.search(folded) or not _PAPER.match(folded):
        if not heading and kind is PaperKind.PRESENT and _PAPER.match(folded):
            doubts.append(f"Dòng “{_cut(name)}” không ghi số lượng; coi là lưu ý, hãy kiểm tra.")
        return PaperKind.NOTE
    doubts.append(f"Giấy tờ “{_cut(name)}” ghi 0 bản chính, 0 bản sao.")
    return kind


def _tell_counts(groups: list[_Group], doubts: list[str]) -> None:
    papers = [paper for group in groups for paper in group.papers]
    notes = sum(paper.kind is PaperKind.NOTE for paper in papers)
    if notes:
        doubts.append(f"{notes} trong {len(papers)} dòng thành phần hồ sơ là lưu ý, không phải giấy tờ.")
    if notes == len(papers):
        doubts.append("Không dòng thành phần hồ sơ nào là giấy tờ; hãy kiểm tra tại nguồn.")
    choices = sum("mot trong" in fold(paper.name) for paper in papers if paper.kind is not PaperKind.NOTE)
    if choices:
        doubts.append(
            f"{choices} dòng ghi “một trong các giấy tờ”; nguồn không tách từng lựa chọn, đừng đòi đủ các dòng trùng."
        )


def _ordered(papers: list[Requirement]) -> tuple[Requirement, ...]:
    """Forms first, then papers to hand in, to show, then notes; identities made unique, order else kept."""
    kinds = list(PaperKind)

    def place(paper: Requirement) -> tuple[int, int, int]:
        form = bool(_FORM.match(fold(paper.name)))
        return kinds.index(paper.kind), not form, paper.needed is False

    seen: dict[str, int] = {}
    result = []
    for paper in sorted(papers, key=place):
        times = seen[paper.id] = seen.get(paper.id, 0) + 1
        result.append(paper if times == 1 else paper.model_copy(update={"id": f"{paper.id}~{times}"}))
    return tuple(result)


def _count(value: object) -> int:
    return max(0, int(value)) if isinstance(value, int | float) else 0


def _cut(text: str, width: int = 60) -> str:
    return text if len(text) <= width else text[: width - 1].rstrip() + "…"
