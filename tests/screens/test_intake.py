"""Receiving at the counter: few keys, nothing lost, nothing half saved."""

from __future__ import annotations

import pytest
from counter_tools import (
    BIRTH,
    CARD,
    burst,
    dossiers,
    field,
    message,
    press,
    ready,
    scan,
    screen_text,
    settle,
    showing,
    text_of,
    until,
)
from textual import events

from tthc_tui.core.states import State
from tthc_tui.widgets.checklist import Checklist
from tthc_tui.widgets.inputs import VnInput

PERSON = ("079184000009", "<tab>", "trần thị hoa", "<tab>", "05061990", "<tab>", "<tab>", "0912345678")


async def test_a_scanned_card_and_a_known_procedure_take_at_most_twelve_keys(counter) -> None:
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await scan(pilot, CARD)
        assert showing(pilot) == "IntakeScreen"
        keys = [*"dkks", "enter", "asterisk", "f10"]
        assert len(keys) <= 12
        await press(pilot, *keys)
        await until(pilot, lambda: showing(pilot) == "ReceiptScreen")
        (line,) = dossiers(pilot)
        assert (line.applicant, line.procedure_code, line.state) == ("PHẠM VĂN AN", BIRTH, State.ACCEPTED)
        assert line.code.startswith("H15.50.05.13-261123-")


async def test_with_the_procedure_open_the_scan_goes_to_the_papers_and_three_keys_finish(counter) -> None:
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await press(pilot, "f4", *"dkks", "enter")
        await scan(pilot, CARD)
        await press(pilot, "1", "2", "f10")
        assert showing(pilot) == "ReceiptScreen"
        detail = app.desk.detail(dossiers(pilot)[0].id)
        assert detail.applicant.address == "12 Nguyễn Trung Trực, phường Rạch Giá, An Giang"
        assert detail.applicant.birth == "12/03/1984"


async def test_a_burst_typed_before_the_store_is_open_is_stored_exactly(counter) -> None:
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        assert app.desk is None
        await burst(
            pilot,
            "<f4>",
            "dang ky khai sinh",
            "<enter>",
            *PERSON,
            "<tab>",
            "<tab>",
            "Tổ 3",
            "<ctrl+down>",
            "12",
            "<f10>",
        )
        await until(pilot, lambda: showing(pilot) == "ReceiptScreen")
        (line,) = dossiers(pilot)
        person = app.desk.detail(line.id).applicant
        assert (person.name, person.number, person.birth) == ("TRẦN THỊ HOA", "079184000009", "05/06/1990")
        assert (person.phone, person.address, person.sex) == ("0912345678", "Tổ 3", "Nữ")
        assert [paper.name for paper in app.desk.dossier(line.id).papers][:2] == [
            "Tờ khai đăng ký khai sinh",
            "Giấy chứng sinh",
        ]


@pytest.mark.parametrize("focus", ["applicant-name", "applicant-address", "applicant-number", "intake-sets"])
async def test_a_scan_lands_in_the_applicant_wherever_the_focus_is(counter, focus: str) -> None:
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await press(pilot, "f4", *"dkks", "enter")
        app.screen.query_one(f"#{focus}", VnInput).focus()
        before = field(pilot, "intake-sets")
        await scan(pilot, CARD)
        assert field(pilot, "applicant-number") == "079084001234"
        assert field(pilot, "applicant-name") == "PHẠM VĂN AN"
        assert field(pilot, "applicant-birth") == "12/03/1984"
        assert field(pilot, "intake-sets") == before
        assert "|" not in field(pilot, "applicant-address")


async def test_a_typed_address_stays_and_the_cards_is_offered(counter) -> None:
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await press(pilot, "f4", *"dkks", "enter")
        app.screen.query_one("#applicant-address", VnInput).focus()
        await burst(pilot, "5 Lê Lợi")
        await scan(pilot, CARD)
        assert field(pilot, "applicant-address") == "5 Lê Lợi"
        assert "Địa chỉ trên thẻ khác" in text_of(pilot, "#intake-warning")
        await press(pilot, "ctrl+y")
        assert field(pilot, "applicant-address").startswith("12 Nguyễn Trung Trực")


async def test_a_known_person_fills_the_rest_and_typing_replaces_it(counter) -> None:
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await burst(pilot, "<f4>", "dkks", "<enter>", *PERSON, "<ctrl+down>", "12", "<f10>")
        await press(pilot, "full_stop")
        assert showing(pilot) == "IntakeScreen"
        await burst(pilot, "079184000009", "<tab>")
        assert field(pilot, "applicant-name") == "TRẦN THỊ HOA"
        assert field(pilot, "applicant-phone") == "0912345678"
        await burst(pilot, "trần thị huệ", "<tab>")
        assert field(pilot, "applicant-name") == "TRẦN THỊ HUỆ"


async def test_missing_papers_are_named_and_nothing_is_saved(counter) -> None:
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await burst(pilot, "<f4>", "dkks", "<enter>", *PERSON, "<f10>")
        assert "Thiếu giấy tờ bắt buộc" in message(pilot)
        assert "Tờ khai đăng ký khai sinh" in message(pilot)
        assert dossiers(pilot) == []
        assert field(pilot, "applicant-name").upper() == "TRẦN THỊ HOA"


async def test_unticked_lines_become_the_supplement_slip(counter) -> None:
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await burst(pilot, "<f4>", "dkks", "<enter>", *PERSON, "<ctrl+down>", "1", "<f9>")
        await until(pilot, lambda: showing(pilot) == "AskText")
        await press(pilot, "enter")
        await until(pilot, lambda: showing(pilot) == "ReceiptScreen")
        (line,) = dossiers(pilot)
        assert line.state is State.SUPPLEMENT
        await until(pilot, lambda: "PHIẾU YÊU CẦU BỔ SUNG" in text_of(pilot, "#receipt-text"))
        assert "chứng sinh" in text_of(pilot, "#receipt-text")


async def test_a_refusal_needs_a_reason_and_a_legal_ground(counter) -> None:
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await burst(pilot, "<f4>", "dkks", "<enter>", *PERSON)
        await press(pilot, "ctrl+r")
        await burst(pilot, "không thuộc thẩm quyền", "<enter>")
        await until(pilot, lambda: showing(pilot) in ("Pick", "AskText"))
        await press(pilot, "enter")
        await until(pilot, lambda: showing(pilot) == "AskText")
        await burst(pilot, ", Điều 5", "<enter>")  # the procedure names the law, the officer the article
        await until(pilot, lambda: showing(pilot) == "ReceiptScreen")
        (line,) = dossiers(pilot)
        assert line.state is State.REJECTED
        await until(pilot, lambda: "không thuộc thẩm quyền" in text_of(pilot, "#receipt-text"))
        assert ", Điều 5" in text_of(pilot, "#receipt-text")


async def test_escape_and_back_lose_nothing(counter) -> None:
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await burst(pilot, "<f4>", "dkks", "<enter>", *PERSON, "<ctrl+down>", "1")
        await press(pilot, "escape")
        assert showing(pilot) == "HomeScreen"
        await press(pilot, "f2", "escape", "f4")
        assert field(pilot, "applicant-phone") == "0912345678"
        ticked = [key for key, state in app.screen.query_one(Checklist).state().items() if state.ticked]
        assert len(ticked) == 1


async def test_undo_brings_the_intake_back_as_typed(counter, clock) -> None:
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await burst(pilot, "<f4>", "dkks", "<enter>", *PERSON, "<ctrl+down>", "12", "<f10>")
        await until(pilot, lambda: showing(pilot) == "ReceiptScreen")
        await press(pilot, "ctrl+z")
        await until(pilot, lambda: showing(pilot) == "IntakeScreen")
        await until(pilot, lambda: field(pilot, "applicant-name") == "TRẦN THỊ HOA")
        assert app.desk.dossier(dossiers(pilot)[0].id).voided
        await press(pilot, "f10")
        await until(pilot, lambda: showing(pilot) == "ReceiptScreen")
        codes = {line.code for line in dossiers(pilot)}
        assert len(codes) == 2


@pytest.mark.parametrize(
    ("target", "typed", "sentence"),
    [
        ("applicant-birth", "31/02/1990", "Ngày sinh không đúng"),
        ("applicant-number", "12345", "Số định danh phải có 12 chữ số"),
        ("applicant-phone", "09x", "Số điện thoại"),
        ("applicant-email", "hoa@", "email không đúng dạng"),
        ("applicant-name", "A" * 5000, "quá dài"),
    ],
)
async def test_bad_values_get_one_sentence_and_everything_stays(
    counter, target: str, typed: str, sentence: str
) -> None:
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await burst(pilot, "<f4>", "dkks", "<enter>", *PERSON, "<ctrl+down>", "12")
        wrong = app.screen.query_one(f"#{target}", VnInput)
        wrong.value = typed
        await press(pilot, "f10")
        await until(pilot, lambda: sentence in text_of(pilot, "#intake-warning"))
        assert sentence not in message(pilot)
        assert showing(pilot) == "IntakeScreen"
        assert wrong.has_focus
        assert field(pilot, target).casefold() == typed.casefold()
        assert dossiers(pilot) == []


async def test_control_characters_never_reach_the_dossier(counter) -> None:
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await press(pilot, "f4", *"dkks", "enter")
        app.screen.query_one("#applicant-name", VnInput).focus()
        app.post_message(events.Paste("Lê\x1b[31m Thị\x07 Mai\r\n\u202e"))
        await settle(pilot)
        await burst(pilot, "<ctrl+down>", "12", "<f10>")
        await until(pilot, lambda: showing(pilot) == "ReceiptScreen")
        name = dossiers(pilot)[0].applicant
        assert name.isprintable()
        assert "\x1b" not in name


async def test_an_unreadable_card_is_said_so(counter) -> None:
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await press(pilot, "f4")
        app.screen.scanned_card("079084001234|023456789||khong doc duoc|||")
        assert "thẻ" in message(pilot)
        assert field(pilot, "applicant-number") == ""


async def test_the_promise_is_live_and_explains_itself(counter, clock) -> None:
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await press(pilot, "f4", *"dkks", "enter")
        await until(pilot, lambda: "hôm nay 23/11" in text_of(pilot, "#intake-due"))
        clock.forward(hours=7)  # 15:42, past the cut-off; the 24th is a holiday
        await until(pilot, lambda: "25/11" in text_of(pilot, "#intake-due"))
        await press(pilot, "ctrl+g")
        await until(pilot, lambda: showing(pilot) == "Reading")
        await until(pilot, lambda: "Nhận sau 15:00" in screen_text(pilot))
        await press(pilot, "escape")
        assert showing(pilot) == "IntakeScreen"


async def test_very_small_terminals_and_back(counter) -> None:
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await burst(pilot, "<f4>", "dkks", "<enter>", *PERSON)
        await pilot.resize_terminal(20, 5)
        await settle(pilot)
        await pilot.resize_terminal(80, 24)
        await settle(pilot)
        assert field(pilot, "applicant-phone") == "0912345678"
        assert "Thành phần hồ sơ" in screen_text(pilot)


async def test_the_agent_is_recorded(counter) -> None:
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await burst(pilot, "<f4>", "dkks", "<enter>", *PERSON)
        await press(pilot, "ctrl+o")
        await burst(pilot, "079084000077", "<tab>", "lý văn sáu")
        app.screen.query_one("#intake-authorisation", VnInput).value = "Giấy ủy quyền 01/2026"
        app.screen.query_one(Checklist).focus()
        await press(pilot, "1", "2", "f10")
        await until(pilot, lambda: showing(pilot) == "ReceiptScreen")
        detail = app.desk.detail(dossiers(pilot)[0].id)
        assert detail.agent.name == "LÝ VĂN SÁU"
        assert detail.dossier.authorisation == "Giấy ủy quyền 01/2026"


@pytest.mark.parametrize(
    ("code", "name"),
    [("1.004873", "Xác nhận tình trạng hôn nhân"), ("2.000815", "Chứng thực bản sao từ bản chính")],
)
async def test_the_procedure_and_the_cards_address_are_read_whole_at_80_columns(
    counter, code: str, name: str
) -> None:
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await press(pilot, "f4", *code, "enter")
        await scan(pilot, CARD)
        await settle(pilot)
        lines = screen_text(pilot).splitlines()
        assert f"{code}  {name} " in lines[1]
        assert "‹ Thông thường › 1/2" in lines[1]
        assert "12 Nguyễn Trung Trực, phường Rạch Giá, An Giang " in lines[4]


async def test_a_search_that_fails_keeps_no_key_waiting(counter) -> None:
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await press(pilot, "f4")
        app.desk.store.close()
        app.desk._index = None  # read again from the file, which is gone
        await burst(pilot, "khai sinh", "<enter>", "<escape>")
        await until(pilot, lambda: showing(pilot) == "HomeScreen")


async def test_f2_shows_the_procedure_being_received_and_escape_comes_back_to_it(counter) -> None:
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await press(pilot, "f4", *BIRTH, "enter")
        assert "cần đối chiếu: F2 xem thủ tục này" in text_of(pilot, "#intake-warning")
        await scan(pilot, CARD)
        await press(pilot, "f2")
        await until(pilot, lambda: showing(pilot) == "LookupScreen")
        await until(pilot, lambda: "Cần đối chiếu" in text_of(pilot, "#procedure"))
        assert field(pilot, "lookup-text") == BIRTH
        await press(pilot, "escape")
        assert showing(pilot) == "IntakeScreen"
        assert field(pilot, "applicant-name") == "PHẠM VĂN AN"
        await press(pilot, "f2", *"kết hôn")
        await until(pilot, lambda: "1.000894" in text_of(pilot, "#procedure"))
        assert field(pilot, "lookup-text") == "kết hôn"
