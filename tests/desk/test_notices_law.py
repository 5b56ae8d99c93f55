"""What goes out to an applicant is right when it arrives: where the result is, which date holds, whom it reaches."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from law_tools import at_unit, take

from tthc_tui.core import events as ev
from tthc_tui.core.base import VIETNAM
from tthc_tui.core.clocks import ClockKind
from tthc_tui.core.dossier import Dossier
from tthc_tui.desk import Desk


class Sent:
    """A gateway that keeps what it was given."""

    def __init__(self) -> None:
        self.bodies: list[str] = []

    def send(self, notice: Any) -> None:
        self.bodies.append(notice.body)


def sent(desk: Desk, clock: Any, folder: Path) -> list[str]:
    gateway = Sent()
    clock.forward(minutes=3)
    desk.send_notices(folder, gateway)
    return gateway.bodies


def done(desk: Desk, **more: Any) -> Dossier:
    return desk.resolve(take(desk, handling_unit="ttpvhcc", **more).id)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "đã có kết quả, mời Phạm Văn An đến nhận."),
        (
            {"fees": (ev.FeeCharge(name="Lệ phí", amount=50_000),)},
            "đã có kết quả, mời Phạm Văn An đến nhận (còn phải nộp 50.000 đồng).",
        ),
        ({"delivery": ev.Delivery.POST, "delivery_address": "Ấp 3"}, "đã có kết quả, sẽ gửi qua bưu chính."),
        ({"delivery": ev.Delivery.ONLINE}, "đã có kết quả, trả trực tuyến."),
    ],
)
def test_nobody_is_asked_to_come_for_what_the_post_or_the_portal_brings(
    desk: Desk, clock: Any, tmp_path: Path, more: dict[str, Any], said: str
) -> None:
    done(desk, **more)
    assert sent(desk, clock, tmp_path)[-1].endswith(said)


def test_the_dead_get_no_message(desk: Desk, clock: Any, tmp_path: Path) -> None:
    dossier = take(desk)
    sent(desk, clock, tmp_path)
    desk.close_dossier(dossier.id, "nguoi-nop-chet")
    assert sent(desk, clock, tmp_path) == []
    other = take(desk)
    sent(desk, clock, tmp_path)
    desk.close_dossier(other.id, "trung-ho-so")
    assert [body.partition(": ")[2] for body in sent(desk, clock, tmp_path)] == [
        f"hồ sơ {other.code} đã đóng: trùng với hồ sơ đã tiếp nhận."
    ]


def test_a_corrected_date_is_told_and_the_wrong_one_no_longer(desk: Desk, clock: Any, tmp_path: Path) -> None:
    dossier = take(desk)
    clock.forward(minutes=1)
    earlier = clock.now - timedelta(minutes=41)
    right = desk.correct(dossier.id, "ghi sai giờ nhận", received_at=earlier)
    assert right.due_at is not None
    (told,) = sent(desk, clock, tmp_path)
    assert told.endswith(f"đã đính chính. Hẹn trả kết quả: {right.due_at:%H:%M ngày %d/%m/%Y}.")
    desk.correct(dossier.id, "gõ sai", content="Nội dung khác")
    assert sent(desk, clock, tmp_path) == []


def test_who_has_the_result_is_not_asked_to_come_for_it(desk: Desk, clock: Any, tmp_path: Path) -> None:
    dossier = done(desk)
    desk.return_result(dossier.id)
    assert not any("mời" in body for body in sent(desk, clock, tmp_path))


def test_a_sending_that_came_back_is_sent_again_or_called_for(desk: Desk, clock: Any) -> None:
    dossier = done(desk, delivery=ev.Delivery.POST, delivery_address="Ấp 3")
    desk.send_post([(dossier.id, "EA100VN")])
    assert desk.alerts([ClockKind.POST_BACK]) == []
    clock.now = datetime(2026, 11, 30, 9, 0, tzinfo=VIETNAM)
    desk.track_post(dossier.id, "returned", note="không có người nhận")
    assert [line.code for line in desk.post_waiting()] == [dossier.code]
    assert [a.text for a in desk.alerts()] == ["bưu gửi bị trả lại hoặc thất lạc: gửi lại hoặc báo người nộp"]
    desk.send_post([(dossier.id, "EA101VN")])
    assert desk.alerts() == desk.post_waiting() == []
    desk.track_post(dossier.id, "delivered")
    assert desk.post_underway() == []


def test_first_and_second_appointment_count_alike_and_wait_with_the_term(desk: Desk, clock: Any) -> None:
    from decimal import Decimal

    from law_tools import BUILDING

    from tthc_tui.core.site_rules import AppointmentRule

    rules = tuple(AppointmentRule(procedure=BUILDING, number=n, amount=Decimal(2)) for n in (1, 2))
    desk.save_site(desk.site.model_copy(update={"appointments": rules}))
    dossier = at_unit(desk, take(desk))
    assert dossier.appointments[0].due_at == datetime(2026, 11, 26, 8, 42, tzinfo=VIETNAM)
    clock.now = datetime(2026, 11, 25, 8, 42, tzinfo=VIETNAM)
    desk.pause(dossier.id, "xac-minh")
    clock.now = datetime(2026, 11, 26, 8, 42, tzinfo=VIETNAM)
    resumed = desk.resume(dossier.id)
    assert resumed.appointments[0].due_at == datetime(2026, 11, 27, 8, 42, tzinfo=VIETNAM)
    desk.request_supplement(dossier.id, ["Bản vẽ"], "thiếu")
    clock.now = datetime(2026, 12, 7, 9, 0, tzinfo=VIETNAM)
    anew = desk.supplement(dossier.id)
    assert [one.due_at for one in anew.appointments] == [datetime(2026, 12, 9, 9, 0, tzinfo=VIETNAM), None]
    kept = desk.keep_appointment(dossier.id, 1)
    assert kept.appointments[1].due_at == datetime(2026, 12, 9, 9, 0, tzinfo=VIETNAM)


def test_a_step_waits_through_the_whole_stretch_of_two_pauses(desk: Desk, clock: Any) -> None:
    dossier = at_unit(desk, take(desk))  # the step has half a day, from 08:42
    for hour, act, code in (
        (9, desk.pause, "niem-yet"),
        (10, desk.pause, "xac-minh"),
        (11, desk.resume, "niem-yet"),
        (15, desk.resume, "xac-minh"),
    ):
        clock.now = datetime(2026, 11, 23, hour, 0, tzinfo=VIETNAM)
        now = act(dossier.id, code)
    assert now.step is not None
    assert now.step.due_at == datetime(2026, 11, 25, 8, 42, tzinfo=VIETNAM)
