"""Which version of the rules wrote a folded state: states of another one are folded anew from their events."""

from __future__ import annotations

import hashlib
import json

from tthc_tui import __version__
from tthc_tui.core.dossier import Dossier

SHAPE = hashlib.sha256(
    f"{__version__} {json.dumps(Dossier.model_json_schema(), sort_keys=True)}".encode()
).hexdigest()[:16]
"""Stored beside each state; changes with the program's version and the fields of a dossier."""
