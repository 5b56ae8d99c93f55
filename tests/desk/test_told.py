"""Telling the applicant is a duty about one matter: telling of another does not answer it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from law_tools import at_unit, take, texts

from tthc_tui.core import events as ev
from tthc_tui.core.base import VIETNAM, Refused
from tthc_tui.core.clocks import ClockKind
from tthc_tui.core.events import Subject
from tthc_tui.desk import Desk


def test_only_telling_of_the_supplement_answers_the_duty_to_tell_of_it(desk: Desk, clock: Any) -> None:
    dossier = at_unit(desk, take(desk))
    desk.request_supplement(dossier.id, ["Bản vẽ mặt cắt"], "thiếu")
    clock.now = datetime(2026, 11, 26, 9, 0, tzinfo=VIETNAM)
    desk.sign_in("lan")
    for subject in set(Subject) - {Subject.SUPPLEMENT}:
        desk.tell(dossier.id, "việc khác", "phone", subject=subject)
        assert [a.line.code for a in desk.alerts([ClockKind.TELL])] == [dossier.code], subject
    desk.tell(dossier.id, "nộp bản vẽ trước 12/12", "zalo", subject=Subject.SUPPLEMENT)
    assert desk.alerts([ClockKind.TELL]) == []
    said = "Đã báo người nộp về yêu cầu bổ sung (Zalo): nộp bản vẽ trước 12/12"
    assert said in texts(desk, dossier)


def test_what_an_older_program_wrote_down_still_counts_as_told(desk: Desk) -> None:
    dossier = at_unit(desk, take(desk))
    asked = desk.request_supplement(dossier.id, ["Bản vẽ mặt cắt"], "thiếu")
    older = ev.Tell(about="gọi điện, đã rõ")
    assert asked.tell_by is not None
    assert desk.act(dossier.id, older).tell_by is None
    assert "Đã báo người nộp (điện thoại): gọi điện, đã rõ" in texts(desk, dossier)


@pytest.mark.parametrize("about", ["", "   "])
def test_what_was_told_is_said_in_words(desk: Desk, about: str) -> None:
    dossier = take(desk)
    with pytest.raises(Refused, match="nội dung đã báo"):
        desk.tell(dossier.id, about, subject=Subject.OTHER)
