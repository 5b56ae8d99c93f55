"""`tthc demo` where there is no terminal: the main job as text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pypdf import PdfReader


def test_the_main_job_runs_as_text_and_says_where_the_receipt_lies(tthc: Any, tmp_path: Path) -> None:
    first = tthc("demo")
    assert first.code == 0, first.err
    for step in (
        "1. Tra cứu",
        "2. Giấy tờ của 1.001193",
        "3. Tiếp nhận hồ sơ",
        "4. Chuyển đến",
        "5. Giám sát quá hạn",
    ):
        assert step in first.out
    paths = [Path(line.strip()) for line in first.out.splitlines()[-2:]]
    assert [path.suffix for path in paths] == [".pdf", ".txt"]
    words = " ".join(page.extract_text() for page in PdfReader(paths[0]).pages)
    assert "Phạm Văn Mẫu" in words
    assert "GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ" in paths[1].read_text(encoding="utf-8").upper()

    again = tthc("demo", "--json").json
    assert again["dossier"]["coming_to"] == "tu-phap"
    assert again["due"]["overdue"] >= 15
    assert all(Path(path).exists() for path in [*again["receipt"], *paths])
    listed = tthc("--data", tmp_path / "demo", "dossier", "list", "pham van mau", "--json").json
    assert listed["count"] == 2  # what the first run received is still there
