"""A province's archive and a new station that takes it over by snapshot."""

from __future__ import annotations

from pathlib import Path

from benchmarks.__main__ import Figure


def snapshot_figures(url: str, folder: Path, dossiers: int) -> list[Figure]:
    return []
