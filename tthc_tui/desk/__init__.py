"""What an officer can do, one method a use case: the only door from screens and commands to the store."""

from __future__ import annotations

from tthc_tui.desk.sync import SyncDesk


class Desk(SyncDesk):
    """Look up, receive, forward, ask for supplements, return; lists, forms, sign-in.

    Made of one class a room: catalog, intake, work, lists, people, papers, handover, steps,
    monitoring, sync.
    """
