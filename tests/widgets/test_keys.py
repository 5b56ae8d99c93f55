"""Type-ahead lands where it belongs; scans are recognised anywhere and spill nowhere."""

from __future__ import annotations

import asyncio
from time import monotonic
from uuid import UUID

import pytest
from tests_widgets_tools import Bench, burst, key, settle
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import Screen
from textual.widgets import Input

from tthc_tui.core.codes import short_id
from tthc_tui.widgets.checklist import CheckLine, Checklist
from tthc_tui.widgets.fields import Choice, LookupBox
from tthc_tui.widgets.inputs import VnInput
from tthc_tui.widgets.rowlist import Column, Row, RowList
from tthc_tui.widgets.scan import Burst, Scanned, scan_kind

CARD = "079084001234|271234567|PHẠM VĂN AN|12031984|Nam|Ấp 3, xã Tân Hội|01012022"
CODE = "H15.50.05.13-261008-0975"
SHORT = short_id(UUID(int=77))
LINES = [CheckLine(str(n), f"Giấy {n}", needed=True) for n in range(1, 13)]


class Office(Bench):
    """Collects scans and offers a second screen."""

    BINDINGS = [
        Binding("f4", "receive", "Tiếp nhận"),
        Binding("d", "count('d')"),
        Binding("full_stop", "count('.')"),
    ]

    def __init__(self, *widgets) -> None:
        super().__init__(*widgets)
        self.scans: list[tuple[str, str]] = []
        self.counted: list[str] = []

    def on_scanned(self, message: Scanned) -> None:
        self.scans.append((message.kind, message.text))

    def action_receive(self) -> None:
        self.push_screen(Form())

    def action_count(self, what: str) -> None:
        self.counted.append(what)


class Form(Screen[None]):
    """Enter goes to the next field."""

    def compose(self) -> ComposeResult:
        yield VnInput(ident="name")
        yield VnInput(ident="phone", numeric=True)
        yield Checklist(LINES)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.focus_next()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (CARD, "card"),
        (CODE, "dossier"),
        (SHORT, "short"),
        ("1.001193", "procedure"),
        ("079084001234", ""),
        (SHORT[:-1] + str((int(SHORT[-1]) + 1) % 10), ""),
        ("079084001234|271234567", "card"),
        ("NGUYỄN VĂN AN", ""),
        ("", ""),
        (f"xem {CODE}", ""),
    ],
)
def test_content_decides_what_a_scan_is(text: str, kind: str) -> None:
    assert scan_kind(text) == kind


def test_the_same_letters_typed_by_hand_are_no_scan() -> None:
    for pause, kind in ((0.01, "dossier"), (0.1, "")):
        taken = Burst()
        at = 0.0
        for letter in CODE:
            taken.add(letter, at, None)
            at += pause
        assert taken.finish("enter", at, None) == kind


@pytest.mark.parametrize(("code", "kind"), [(CODE, "dossier"), (SHORT, "short"), ("1.001193", "procedure")])
def test_the_enter_of_a_slow_link_still_ends_a_whole_code(code: str, kind: str) -> None:
    """A terminal line may deliver the Enter well behind the code: it must not open the row under the cursor."""
    taken = Burst()
    for at, letter in enumerate(code):
        taken.add(letter, at * 0.01, None)
    last = (len(code) - 1) * 0.01
    assert taken.patience >= 0.4  # the letters are held back that long where they are commands
    assert taken.finish("enter", last + 0.4, None, in_field=False) == kind


def test_half_a_code_does_not_wait_for_its_enter() -> None:
    taken = Burst()
    for at, letter in enumerate(CODE[:-3]):
        taken.add(letter, at * 0.01, None)
    assert taken.finish("enter", len(CODE) * 0.01 + 0.4, None) == ""


async def test_a_whole_intake_in_one_burst_lands_in_the_right_fields() -> None:
    app = Office(VnInput(ident="first"))
    async with app.run_test() as pilot:
        await burst(pilot, "x", "<f4>", "Trần Thị Hoa", "<enter>", "0912345678", "<tab>", "13", "<f4>", "Lan")
        form = app.screen_stack[1]
        assert app.screen_stack[0].query_one("#first", VnInput).value == "x"
        assert form.query_one("#name", VnInput).value == "Trần Thị Hoa"
        assert form.query_one("#phone", VnInput).value == "0912345678"
        ticked = [line for line, state in form.query_one(Checklist).state().items() if state.ticked]
        assert ticked == ["1", "3"]
        assert app.screen.query_one("#name", VnInput).value == "Lan"


async def test_a_personal_number_typed_in_a_burst_stays_in_its_field() -> None:
    field = VnInput(numeric=True, max_length=12)
    app = Office(field)
    async with app.run_test() as pilot:
        await burst(pilot, "079084001234", "<enter>")
        assert field.value == "079084001234"
        assert app.scans == []


@pytest.mark.parametrize("typed", ["5 Lê Lợi", "Nguyễn Thị Lan", "ấp 5, xã "])
async def test_a_card_right_behind_typed_words_leaves_the_words(typed: str) -> None:
    field = VnInput(ident="a")
    app = Office(field)
    async with app.run_test() as pilot:
        await burst(pilot, typed, CARD, "<enter>")
        assert [kind for kind, _ in app.scans] == ["card"]
        assert field.value == typed


async def test_a_code_of_another_office_outside_a_field_is_unknown_and_typed_nowhere() -> None:
    app = Office(Checklist(LINES))
    async with app.run_test() as pilot:
        await burst(pilot, "1234567890123456789012345678", "<enter>")
        assert [kind for kind, _ in app.scans] == ["unknown"]
        assert not any(state.ticked for state in app.screen.query_one(Checklist).state().values())


@pytest.mark.parametrize("end", ["<enter>", "<tab>"])
async def test_a_card_scanned_into_a_field_leaves_it_as_it_was(end: str) -> None:
    field, other = VnInput(ident="a"), VnInput(ident="b")
    app = Office(field, other)
    async with app.run_test() as pilot:
        app.typing_mode = "telex"
        field.value = "Nguyễn An"
        field.cursor_position = 6
        await settle(pilot)
        await burst(pilot, CARD, end, "h")
        assert app.scans == [("card", CARD)]
        assert field.value == "Nguyễnh An"
        assert other.value == ""


async def test_keys_still_waiting_in_the_field_are_not_lost_by_the_scan() -> None:
    field = VnInput()
    app = Office(field)
    async with app.run_test() as pilot:
        at = monotonic()
        for letter in "abc":
            event = key(letter)
            event.time = at
            app.post_message(event)
        at += 2
        for letter in [*SHORT, "enter"]:
            event = key(letter)
            event.time = at = at + 0.005
            app.post_message(event)
        await settle(pilot)
        assert field.value == "abc"
        assert app.scans == [("short", SHORT)]


@pytest.mark.parametrize(
    ("text", "kind"), [(CARD, "card"), (CODE, "dossier"), (SHORT, "short"), ("1.001193", "procedure")]
)
async def test_a_scan_over_a_checklist_ticks_nothing(text: str, kind: str) -> None:
    papers = Checklist(LINES)
    app = Office(papers)
    async with app.run_test() as pilot:
        await burst(pilot, "2")
        await burst(pilot, text, "<enter>", gap=0.004)
        assert app.scans == [(kind, text)]
        assert [line for line, state in papers.state().items() if state.ticked] == ["2"]
        assert papers.cursor == 1
        assert app.counted == []


@pytest.mark.parametrize("text", [CARD.lower().replace("phạm", "djdd"), CODE])
async def test_a_scan_over_a_list_runs_no_command(text: str) -> None:
    listed = RowList([Column("A")])
    app = Office(listed)
    async with app.run_test() as pilot:
        listed.set_rows([Row(str(n), [str(n)]) for n in range(50)])
        listed.move_to(10)
        await burst(pilot, text, "<enter>")
        assert [scan[1] for scan in app.scans] == [text]
        assert listed.cursor == 10
        assert app.counted == []
        assert app.of(RowList.Opened) == []


async def test_digits_typed_fast_over_a_checklist_are_ticks() -> None:
    papers = Checklist(LINES)
    app = Office(papers)
    async with app.run_test() as pilot:
        await burst(pilot, "1357d")
        assert [line for line, state in papers.state().items() if state.ticked] == ["1", "3", "5", "7"]
        assert app.counted == ["d"]


async def test_an_interrupted_scan_is_delivered_as_keys_in_order() -> None:
    chosen = Choice([("a", "An"), ("h", "Hoa")])
    app = Office(chosen)
    async with app.run_test() as pilot:
        await burst(pilot, "H15d.")
        assert chosen.value == "h"
        assert app.counted == ["d", "."]


async def test_a_pasted_scan_is_a_scan_and_a_pasted_name_is_text() -> None:
    field = VnInput()
    app = Office(field)
    async with app.run_test() as pilot:
        app.post_message(events.Paste(CARD + "\r\n"))
        app.post_message(events.Paste("Lê Văn Tám"))
        await settle(pilot)
        assert app.scans == [("card", CARD)]
        assert field.value == "Lê Văn Tám"


async def test_line_feed_after_the_scan_is_swallowed_and_typing_goes_on() -> None:
    field = VnInput()
    app = Office(field)
    async with app.run_test() as pilot:
        await burst(pilot, SHORT, "<enter>", "<ctrl+j>", "ok")
        assert app.scans == [("short", SHORT)]
        assert field.value == "ok"


@pytest.mark.parametrize("ends", [("<ctrl+j>",), ("<enter>", "<ctrl+j>"), ("<enter>",)])
async def test_a_line_feed_alone_is_an_enter_and_behind_a_carriage_return_it_is_nothing(
    ends: tuple[str, ...],
) -> None:
    app = Office()
    async with app.run_test() as pilot:
        await app.push_screen(Form())
        await burst(pilot, "Lan", *ends, "0912")
        await settle(pilot)
        assert [app.screen.query_one(f"#{name}", VnInput).value for name in ("name", "phone")] == [
            "Lan",
            "0912",
        ]


async def test_two_scans_in_a_row_both_arrive() -> None:
    app = Office(VnInput())
    async with app.run_test() as pilot:
        await burst(pilot, SHORT, "<enter>", CODE, "<enter>")
        assert app.scans == [("short", SHORT), ("dossier", CODE)]


async def test_held_keys_wait_and_come_in_order() -> None:
    field = VnInput()
    app = Office(field)
    async with app.run_test() as pilot:
        app.hold_keys()
        for letter in "đợi":
            app.post_message(key(letter))
        await pilot.pause()
        assert field.value == ""
        app.release_keys()
        await settle(pilot)
        assert field.value == "đợi"


async def test_a_removed_target_does_not_stop_the_keys() -> None:
    class Vanishing(Office):
        BINDINGS = [Binding("f8", "vanish", "x")]

        async def action_vanish(self) -> None:
            await self.query_one("#a").remove()

    app = Vanishing(VnInput(ident="a"), VnInput(ident="b"))
    async with app.run_test() as pilot:
        await burst(pilot, "x", "<f8>", "yz")
        assert app.query_one("#b", VnInput).value == "yz"


class Finder(Office):
    """Answers a query later, as a worker does."""

    def __init__(self, *widgets) -> None:
        super().__init__(*widgets)
        self.answer = asyncio.Event()

    def on_lookup_box_query(self, query: LookupBox.Query) -> None:
        self.run_worker(self.look(query), exclusive=True)

    async def look(self, query: LookupBox.Query) -> None:
        await self.answer.wait()
        query.box.show_results(query.text, [Row(f"{query.text}-1", ["một"]), Row(f"{query.text}-2", ["hai"])])

    def on_lookup_box_chosen(self, chosen: LookupBox.Chosen) -> None:
        self.query_one("#after", VnInput).focus()


async def test_enter_typed_before_the_results_waits_for_them() -> None:
    box, after = LookupBox([Column("Tên")], ident="q"), VnInput(ident="after")
    box.styles.height = 8
    app = Finder(box, after)
    async with app.run_test() as pilot:
        box.focus()
        await settle(pilot)
        for letter in ["k", "s", "enter", "L", "a", "n"]:
            app.post_message(key(letter))
        await pilot.pause()
        assert after.value == ""
        app.answer.set()
        await settle(pilot)
        chosen = app.of(LookupBox.Chosen)
        assert [message.row.key for message in chosen] == ["ks-1"]
        assert after.value == "Lan"
        assert box.text == "ks"


async def test_arrows_walk_the_results_while_typing_goes_on() -> None:
    box = LookupBox([Column("Tên")])
    app = Finder(box, VnInput(ident="after"))
    app.answer.set()
    async with app.run_test() as pilot:
        box.focus()
        await settle(pilot)
        await burst(pilot, "ks")
        await burst(pilot, "<down>", "<enter>")
        assert [message.row.key for message in app.of(LookupBox.Chosen)] == ["ks-2"]
