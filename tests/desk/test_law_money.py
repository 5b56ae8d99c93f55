"""Money, notices, post, feedback and forms through the desk."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from law_tools import BUILDING, at_unit, take

from tthc_tui.core import events as ev
from tthc_tui.core.base import VIETNAM, Refused
from tthc_tui.core.procedure import Channel
from tthc_tui.core.site import Route, Site
from tthc_tui.core.site_rules import (
    ExemptionRule,
    Gateway,
    NoticeRule,
    TariffRule,
)
from tthc_tui.core.states import State
from tthc_tui.core.views import DossierQuery
from tthc_tui.desk import Desk

# --- money ---


def test_the_cash_sheet_balances(desk: Desk, clock: Any) -> None:
    tariffs = (
        TariffRule(procedure=BUILDING, name="Lệ phí", amount=15_000),
        TariffRule(procedure=BUILDING, name="Lệ phí", amount=7_000, channel=Channel.ONLINE),
        TariffRule(procedure=BUILDING, name="Lệ phí", amount=0, free=True, group="hộ nghèo"),
        TariffRule(procedure=BUILDING, name="Lệ phí", amount=9_000, commune="Sơn Kiên"),
    )
    exemption = ExemptionRule(id="nguoi-co-cong", name="người có công", percent=50, ground="NQ 05/2025")
    desk.save_site(desk.site.model_copy(update={"tariffs": tariffs, "exemptions": (exemption,)}))
    shift = desk.open_shift(200_000)
    cash, bank, half = take(desk), take(desk), take(desk)
    online, poor = take(desk, channel=Channel.ONLINE), take(desk, group="hộ nghèo")
    assert [desk.account(one).charged for one in (cash, online, poor)] == [15_000, 7_000, 0]
    assert desk.account(take(desk, commune="Sơn Kiên")).charged == 9_000
    desk.pay(cash.id)
    with pytest.raises(Refused, match="không còn khoản"):
        desk.pay(cash.id)
    with pytest.raises(Refused, match="mã giao dịch"):
        desk.pay(bank.id, method=ev.PayMethod.BANK)
    desk.pay(bank.id, method=ev.PayMethod.BANK, reference="FT26327001")
    with pytest.raises(Refused, match="đã được ghi nhận"):
        desk.pay(online.id, method=ev.PayMethod.BANK, reference="FT26327001")
    desk.exempt(half.id, "nguoi-co-cong")
    with pytest.raises(Refused, match="lớn hơn số còn phải nộp"):
        desk.pay(half.id, 15_000)
    desk.pay(half.id)
    with pytest.raises(Refused, match="nhiều hơn số đã thu"):
        desk.refund(half.id, 8_000, "nộp thừa")
    desk.refund(half.id, 500, "nộp thừa")
    sheet = desk.shift_sheet()
    assert (sheet.total, sheet.expected) == (15_000 + 15_000 + 7_500 - 500, 200_000 + 15_000 + 7_500 - 500)
    with pytest.raises(Refused, match="không khớp"):
        desk.close_shift(sheet.expected - 1_000)
    clock.forward(hours=3)
    closed = desk.close_shift(sheet.expected - 1_000, note="trả nhầm tiền lẻ")
    assert closed.difference == -1_000
    paper = desk.cash_document(shift.id)
    assert paper.values["difference"] == "1.000 đồng (thiếu)"
    assert len(paper.tables["rows"]) == 4
    assert desk.current_shift() is None
    with desk.store.read() as connection:
        from tthc_tui.store import dossiers

        assert dossiers.compare(connection) == []


def test_fees_paid_at_the_intake_are_payments_with_numbers(desk: Desk) -> None:
    fee = ev.FeeCharge(name="Lệ phí", amount=10_000, paid=True)
    dossier = take(desk, fees=(fee,))
    assert desk.account(dossier).owed == 0
    assert dossier.payments[0].number == "000001/2026"
    assert desk.document(dossier.id, "phieu-thu").number == "000001/2026"


# --- notices, post, feedback ---


def test_notices_wait_for_the_undo_are_sent_once_and_tried_again(
    desk: Desk, clock: Any, tmp_path: Path
) -> None:
    class Broken:
        def __init__(self) -> None:
            self.sent: list[str] = []
            self.broken = True

        def send(self, notice: Any) -> None:
            from tthc_tui.store.gateways import GatewayError

            if self.broken:
                raise GatewayError("mất mạng")
            self.sent.append(notice.body)

    gateway = Broken()
    dossier = take(desk)
    undone = take(desk)
    desk.undo(undone.id)
    assert desk.send_notices(tmp_path, gateway) == (0, 0)  # still within the time to undo
    clock.forward(minutes=3)
    assert desk.send_notices(tmp_path, gateway) == (0, 1)
    assert desk.send_notices(tmp_path, gateway) == (0, 0)  # waits before it tries again
    gateway.broken = False
    clock.forward(minutes=2)
    assert desk.send_notices(tmp_path, gateway) == (1, 0)
    assert dossier.code in gateway.sent[0]
    assert desk.notice_counts() == {"sent": 1, "dropped": 1}


def test_the_file_gateway_is_the_default_and_templates_are_the_sites(
    desk: Desk, clock: Any, tmp_path: Path
) -> None:
    rules = (
        NoticeRule(on="resolved", text="{ten}: {ma} xong", channel="zalo"),
        NoticeRule(on="resolved", text="không gửi", channel="zalo", procedure="2.000884", enabled=False),
    )
    desk.save_site(desk.site.model_copy(update={"notices": rules, "gateway": Gateway(kind="file")}))
    done = desk.resolve(take(desk).id)
    desk.resolve(take(desk, "2.000884").id)
    clock.forward(minutes=3)
    assert desk.send_notices(tmp_path / "tin") == (1, 0)
    written = next((tmp_path / "tin").iterdir()).read_text(encoding="utf-8")
    assert f"Phạm Văn An: {done.code} xong" in written


def test_an_http_gateway_that_answers_500_is_tried_again(desk: Desk, clock: Any, tmp_path: Path) -> None:
    import threading
    from http.server import BaseHTTPRequestHandler, HTTPServer

    answers, seen = [500, 200], []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            seen.append(self.headers["Idempotency-Key"])
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(answers.pop(0))
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        config = Gateway(kind="http", url=f"http://127.0.0.1:{server.server_port}/sms")
        desk.save_site(desk.site.model_copy(update={"gateway": config}))
        take(desk)
        clock.forward(minutes=3)
        assert desk.send_notices(tmp_path) == (0, 1)
        assert "500" in desk.notices(state="waiting")[0].error
        clock.forward(minutes=3)
        assert desk.send_notices(tmp_path) == (1, 0)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert seen[0] == seen[1]


def test_results_go_by_post_with_a_list_and_come_back_or_arrive(desk: Desk, clock: Any) -> None:
    first, second = (take(desk, delivery=ev.Delivery.POST, delivery_address="Ấp 3") for _ in range(2))
    for dossier in (first, second):
        desk.resolve(dossier.id)
    assert [line.code for line in desk.post_waiting()] == [first.code, second.code]
    with pytest.raises(Refused, match="số hiệu riêng"):
        desk.send_post([(first.id, "EA1"), (second.id, "ea1")])
    slip, _ = desk.send_post([(first.id, "EA100VN"), (second.id, "EA101VN")])
    assert slip == "BC-0001/2026"
    assert desk.post_waiting() == []
    paper = desk.post_list(first.id, slip)
    assert paper.tables["rows"][0][3:5] == ("có kết quả, bưu gửi EA100VN", "Phạm Văn An")
    arrived = desk.track_post(first.id, "delivered")
    assert arrived.state is State.RETURNED
    back = desk.track_post(second.id, "returned", note="không có người nhận")
    assert back.state is State.DONE
    assert desk.post_underway() == []
    assert desk.return_result(second.id).state is State.RETURNED


def test_feedback_has_ten_working_days_and_its_own_history(desk: Desk, clock: Any) -> None:
    said = desk.log_feedback("Chờ quá lâu", subject="officer", officer="hung", sender="Bà Tư")
    assert said.due_at == datetime(2026, 12, 8, 8, 42, tzinfo=VIETNAM)
    desk.forward_feedback(said.id, "tu-phap")
    clock.now = datetime(2026, 12, 9, 8, 0, tzinfo=VIETNAM)
    assert [one.id for one in desk.feedback_list(overdue=True)] == [said.id]
    answered = desk.answer_feedback(said.id, "Đã nhắc nhở cán bộ", justified=True)
    assert answered.late
    assert desk.feedback_list() == []
    with pytest.raises(Refused, match="đã được trả lời"):
        desk.answer_feedback(said.id, "lần nữa")
    found, history = desk.feedback(said.id)
    assert [event.kind for event in history] == ["logged", "forwarded", "answered"]
    assert found.number == 1


# --- forms and words ---


def test_control_sheet_and_register_tell_the_whole_way(desk: Desk, clock: Any) -> None:
    dossier = at_unit(desk, take(desk))
    desk.consult(dossier.id, "tu-phap", "Ý kiến")
    clock.now = datetime(2026, 12, 2, 9, 0, tzinfo=VIETNAM)
    desk.resolve(dossier.id, number="55/GPXD")
    control = desk.document(dossier.id, "mau-06")
    assert control.values["partners"] == "Bộ phận Tư pháp – Hộ tịch"
    assert [row[4] for row in control.tables["steps"]] == ["trước hạn", "quá hạn"]
    desk.sign_in("lan")
    desk.return_result(dossier.id)
    register = desk.register_document(clock.now - timedelta(days=30), clock.now)
    assert register.tables["entries"][0][1] == dossier.code


def test_every_event_has_words_in_the_history(desk: Desk, clock: Any) -> None:
    from tthc_tui.desk.event_words import describe

    dossier = take(desk)
    samples: dict[str, Any] = {
        "fee_charged": {"name": "x", "amount": 1},
        "fee_paid": {"amount": 1, "number": "1"},
        "fee_refunded": {"amount": 1, "number": "1", "reason": "x"},
        "fee_exempted": {"name": "x", "amount": 1, "ground": "y"},
    }
    moment = {"due_at": clock.now, "requested_at": clock.now}
    shared = {
        "id": dossier.id,
        "dossier": dossier.id,
        "version": 1,
        "officer": "lan",
        "unit": "ttpvhcc",
        "station": "x",
        "at": clock.now,
    }
    values = {
        "step": "a",
        "to_step": "b",
        "reason": "r",
        "to_officer": "lan",
        "key": "k",
        "to_unit": "tu-phap",
        "question": "q",
        "answer": "a",
        "code": "c",
        "signed_by": "lan",
        "number": 1,
        "what": "extend",
        "about": "x",
        "text": "t",
        "state": "delivered",
    }
    for event in (*ev.PROCESS_EVENTS, *ev.MONEY_EVENTS):
        fields = {}
        for name in event.model_fields:
            if name in shared:
                fields[name] = shared[name]
            elif name in samples.get(event.model_fields["kind"].default, {}):
                fields[name] = samples[event.model_fields["kind"].default][name]
            elif event.model_fields[name].is_required():
                fields[name] = {**values, **moment}[name]
        if event in (ev.PostSent, ev.PostTracked):
            fields["number"] = "EA1"
        assert describe(event(**fields), desk.site), event.__name__  # type: ignore[arg-type]


def test_wording_of_forms_is_the_sites(desk: Desk) -> None:
    desk.save_site(desk.site.model_copy(update={"forms": {"forms": {"receipt": {"title": "PHIẾU HẸN"}}}}))
    assert desk.document(take(desk).id).form.title == "PHIẾU HẸN"


def test_routes_hold_from_their_day_on() -> None:
    later = Route(unit="b", valid_from=date(2027, 1, 1))
    centre = Site(name="x", agency_code="H15", unit="a", routes=(later,))
    assert centre.handling_unit("1", "f", date(2026, 12, 31)) == "a"
    assert centre.handling_unit("1", "f", date(2027, 1, 1)) == "b"


def test_jobs_inside_jobs_are_one_transaction(desk: Desk) -> None:
    def job(_: object) -> None:
        kept = take(desk)
        with pytest.raises(Refused):
            desk.forward([kept.id, kept.id], "dia-chinh")  # its own part rolls back
        assert desk.dossier(kept.id).state is State.ACCEPTED
        raise Refused("cả lô")

    with pytest.raises(Refused, match="cả lô"):
        desk.store.write(job)
    assert len(desk.find(DossierQuery())) == 0
