"""What an officer can do, one method a use case: the only door from screens and commands to the store."""

from __future__ import annotations

from tthc_tui.desk.corrections import CorrectionDesk
from tthc_tui.desk.endings import EndingsDesk
from tthc_tui.desk.erasing import ErasingDesk
from tthc_tui.desk.feedback import FeedbackDesk
from tthc_tui.desk.notices import NoticeDesk
from tthc_tui.desk.post import PostDesk
from tthc_tui.desk.results import ResultsDesk
from tthc_tui.desk.sync import SyncDesk


class Desk(
    ResultsDesk, EndingsDesk, PostDesk, NoticeDesk, FeedbackDesk, CorrectionDesk, ErasingDesk, SyncDesk
):
    """Look up, receive, forward, ask for supplements, return; lists, forms, sign-in.

    Made of one class a room: catalog, intake, work, lists, people, papers, handover, steps, monitoring,
    sync; process, endings, money, more papers, results, post, notices, feedback, corrections, erasing.
    """
