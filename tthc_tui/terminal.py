"""What the terminal library reads from the environment, set before it is imported."""

from __future__ import annotations

from collections.abc import MutableMapping


def prepare_terminal(environ: MutableMapping[str, str], *, kitty_keyboard: bool = False) -> None:
    """Set what Textual reads when it is imported: call this before importing `tthc_tui.app`.

    The kitty keyboard protocol swallows what input methods compose on several terminals, so it is off
    unless asked for; animations cost bytes over slow links. Values already set are left alone.
    """
    if not kitty_keyboard:
        environ.setdefault("TEXTUAL_DISABLE_KITTY_KEY", "1")
    environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    environ.setdefault("TEXTUAL_SMOOTH_SCROLL", "0")
    if "SSH_CONNECTION" not in environ:
        environ.setdefault("TEXTUAL_FPS", "240")  # an answer waits 4 ms for its frame, not 17; idle costs nothing
