"""What an import did and what was doubtful, record by record, for people and for scripts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class ImportReport:
    """Totals of one import and, per procedure code, Vietnamese sentences on what to check.

    `read` counts records by layer ("index", "portal", "catalog", "databases"). `added`, `changed`, `unchanged`
    count records against what was there; `gone` lists codes a full index no longer has, `back` those it has
    again. `general` are doubts about the import as a whole.
    """

    sources: list[str] = field(default_factory=list)
    read: dict[str, int] = field(default_factory=dict)
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    procedures: int = 0
    gone: list[str] = field(default_factory=list)
    back: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    general: list[str] = field(default_factory=list)
    doubts: dict[str, list[str]] = field(default_factory=dict)

    def doubt(self, code: str, sentences: Sequence[str]) -> None:
        """Note doubtful points of one procedure, each once."""
        known = self.doubts.setdefault(code, []) if sentences else []
        known.extend(sentence for sentence in sentences if sentence not in known)

    def to_json(self) -> str:
        """The whole report as JSON with these fields' names as keys."""
        return json.dumps({name: getattr(self, name) for name in self.__slots__}, ensure_ascii=False)

    def to_text(self, limit: int | None = None) -> str:
        """The report in Vietnamese; `limit` caps how many procedures with doubts are written out."""
        names = {
            "index": "dòng danh mục của Cổng",
            "portal": "bản ghi chi tiết của Cổng",
            "catalog": "thủ tục của tệp danh mục",
            "databases": "giấy tờ thay bằng dữ liệu (Nghị quyết 66.7)",
        }
        lines = [
            "Đã nhập: " + ", ".join(f"{count} {names[layer]}" for layer, count in self.read.items()) + "."
        ]
        lines.append(f"Mới {self.added}, thay đổi {self.changed}, giữ nguyên {self.unchanged} bản ghi.")
        lines.append(f"Danh mục hiện có {self.procedures} thủ tục.")
        if self.gone:
            lines.append(
                f"Không còn trong danh mục của Cổng ({len(self.gone)}): {', '.join(self.gone[:20])}."
            )
        if self.back:
            lines.append(f"Có lại trong danh mục của Cổng ({len(self.back)}): {', '.join(self.back[:20])}.")
        if self.skipped:
            lines.append(f"Bỏ qua tệp không phải danh mục: {', '.join(self.skipped)}.")
        lines.extend(self.general)
        if self.doubts:
            lines.append(f"Cần kiểm tra {len(self.doubts)} thủ tục:")
        for code, sentences in list(self.doubts.items())[:limit]:
            lines.append(f"  {code}")
            lines.extend(f"    - {sentence}" for sentence in sentences)
        if limit is not None and len(self.doubts) > limit:
            lines.append(f"  … và {len(self.doubts) - limit} thủ tục nữa.")
        return "\n".join(lines)
