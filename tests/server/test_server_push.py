"""Pushing: verdicts, their replay, blocking, conflicts between officers."""

from __future__ import annotations

from uuid import UUID

from server_tools import AGENCY, Backend, code

from tthc_tui.core import events as ev
from tthc_tui.core.codes import parse_code
from tthc_tui.core.dossier import Dossier


async def test_an_accepted_event_is_in_the_feed_once_however_often_it_is_pushed(backend: Backend) -> None:
    lan = await backend.station("lan")
    lan.receive(code(1))
    sent = list(lan.outbox)
    first = await lan.push()
    again = (await lan.post(sent)).json()["verdicts"]
    assert [v.verdict for v in first] == ["accepted"]
    assert again == [{"event": str(first[0].event), "verdict": "accepted", "seq": first[0].seq}]
    events, _ = await lan.feed()
    assert [event.event for event in events] == [sent[0].event]
