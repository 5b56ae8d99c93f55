"""Keeping pauses off the keys: when garbage is looked for, and how often threads take turns.

A full search for garbage stops every thread for as long as it takes to walk all objects (tens of
milliseconds once the catalogue is in memory), and it falls wherever it falls: between a key and its letter.
Here it is done while nobody types. Nothing of this is needed for correct results.
"""

from __future__ import annotations

import gc
import sys

_TURN = 0.0005  # seconds a busy thread may keep the others waiting; Python's own 5 ms is felt under each key
_YOUNG = (2_000, 5, 100_000)  # young garbage is cheap to find; the search through everything is `sweep`
_SWEEP_EVERY = 50  # young searches before a sweep is worth its pause


class Pauses:
    """The garbage collector of this process, run by hand. Only where nothing else runs in the process."""

    def __init__(self) -> None:
        self._swept = 0

    def begin(self) -> None:
        """Before the program is loaded: what loads stays, looking for garbage in it is wasted time."""
        gc.disable()
        sys.setswitchinterval(_TURN)

    def settle(self) -> None:
        """What is in memory now (modules, the catalogue) stays to the end: searched once, never again."""
        gc.collect()
        gc.freeze()
        gc.set_threshold(*_YOUNG)
        gc.enable()

    def sweep(self) -> bool:
        """Nobody types: look for garbage where enough may have come together; whether it was done."""
        made = gc.get_stats()[0]["collections"]
        if not gc.isenabled() or made - self._swept < _SWEEP_EVERY:
            return False
        self._swept = made
        gc.collect()
        return True
