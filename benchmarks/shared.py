"""What the benchmarks share with the tests of the backend."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests" / "server"))

from pg_cluster import Cluster, free_port  # noqa: E402
from server_tools import Station  # noqa: E402

__all__ = ["ROOT", "Cluster", "Station", "free_port"]
