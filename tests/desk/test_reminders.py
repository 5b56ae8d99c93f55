"""Reminders reach whoever holds the dossier; short terms call for an apology only when they run out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from law_tools import at_unit, take, texts

from tthc_tui.core.base import VIETNAM, Refused
from tthc_tui.core.clocks import ClockKind
from tthc_tui.desk import Desk

SAME_DAY = "2.000815"  # chứng thực bản sao: trong ngày


def moment(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=VIETNAM)


def test_a_reminder_is_an_alert_for_the_holder_until_they_act(desk: Desk, clock: Any) -> None:
    dossier = at_unit(desk, take(desk))
    desk.sign_in("sat")
    clock.now = moment(25, 9)
    reminded = desk.remind(dossier.id)
    assert reminded.reminders == 1
    assert texts(desk, dossier)[-1].startswith("Đôn đốc: Phòng Kinh tế, Hạ tầng và Đô thị xử lý hồ sơ: còn")
    (alert,) = desk.alerts([ClockKind.REMINDED])
    assert (alert.unit, alert.officer, alert.line.code) == ("dia-chinh", "khoa", dossier.code)
    desk.sign_in("khoa")
    desk.finish_step(dossier.id)
    assert desk.alerts([ClockKind.REMINDED]) == []


def test_assigning_it_is_no_answer_and_a_note_is_none(desk: Desk) -> None:
    dossier = at_unit(desk, take(desk))
    desk.sign_in("binh")
    desk.remind(dossier.id)
    desk.assign(dossier.id, "binh")
    desk.note(dossier.id, "Đang xem")
    assert [alert.officer for alert in desk.alerts([ClockKind.REMINDED])] == ["binh"]


def test_an_undo_brings_the_reminder_back(desk: Desk) -> None:
    dossier = at_unit(desk, take(desk))
    desk.sign_in("binh")
    desk.remind(dossier.id)
    desk.resolve(dossier.id)
    assert desk.alerts([ClockKind.REMINDED]) == []
    desk.undo(dossier.id)
    assert len(desk.alerts([ClockKind.REMINDED])) == 1


def test_only_the_counter_leaders_and_supervisors_urge(desk: Desk) -> None:
    dossier = at_unit(desk, take(desk))
    with pytest.raises(Refused, match="không được đôn đốc"):
        desk.remind(dossier.id)


def test_a_same_day_dossier_is_no_alert_while_hours_are_left(desk: Desk, clock: Any) -> None:
    clock.now = moment(23, 8)
    dossier = take(desk, SAME_DAY)
    assert dossier.due_at == moment(23, 17, 30)
    assert desk.alerts([ClockKind.APOLOGY, ClockKind.APOLOGY_NOW]) == []
    clock.now = moment(23, 16, 0)
    assert desk.alerts([ClockKind.APOLOGY, ClockKind.APOLOGY_NOW]) == []
    clock.now = moment(23, 16, 40)
    assert [alert.kind for alert in desk.alerts()] == [ClockKind.APOLOGY_NOW]
