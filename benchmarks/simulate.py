"""Ten thousand seeded histories of the sync protocol: `python -m benchmarks.simulate [N [FIRST SEED]]`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "sync"))

from simulation import main

if __name__ == "__main__":
    sys.exit(main(["--many", *(sys.argv[1:] or ["10000"])]))
