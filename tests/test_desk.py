"""What an officer can do, and what is told when it can't be: one desk on one real file."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from tthc_tui.config import PrinterConfig
from tthc_tui.core import events as ev
from tthc_tui.core.base import VIETNAM, Refused
from tthc_tui.core.procedure import PaperKind
from tthc_tui.core.states import State
from tthc_tui.core.views import DossierQuery, DueCounts
from tthc_tui.desk import Desk
from tthc_tui.desk.intake_form import Intake, PersonInput, intake_from_json

AN = PersonInput(name="Phạm Văn An", number="079084001234", birth="12/3/1984", phone="0912 345 678")


def papers(desk: Desk, code: str, case: str = "") -> tuple[ev.PaperReceived, ...]:
    """What has to be handed in for a procedure."""
    chosen: dict[str, ev.PaperReceived] = {}
    for line in desk.procedure(code).case(case).requirements:
        if line.needed and not line.database and line.kind is not PaperKind.NOTE:
            chosen.setdefault(line.one_of or line.id, ev.PaperReceived(requirement=line.id, name=line.label))
    return tuple(chosen.values())


def intake(desk: Desk, code: str = "1.001193", person: PersonInput = AN, case: str = "") -> Intake:
    return Intake(procedure=code, case=case, applicant=person, papers=papers(desk, code, case))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": " "}, "họ tên"),
        ({"name": "Ă" * 5000}, "quá dài"),
        ({"number": "12345"}, "12 chữ số"),
        ({"birth": "31/02/1990"}, "Ngày sinh"),
        ({"birth": "01/01/2090"}, "1880 đến hôm nay"),
        ({"birth": "mai"}, "Ngày sinh"),
        ({"phone": "gọi sau"}, "điện thoại"),
        ({"email": "an@"}, "email"),
    ],
)
def test_impossible_data_is_one_sentence_and_saves_nothing(desk: Desk, change: dict, words: str) -> None:
    form = intake(desk, person=AN.model_copy(update=change))
    with pytest.raises(Refused, match=words) as told:
        desk.receive(form)
    assert "\n" not in told.value.reason
    assert len(desk.find(DossierQuery())) == 0
    assert desk.receive(intake(desk)).code.endswith("-0001")


def test_control_and_escape_characters_never_reach_the_file(desk: Desk) -> None:
    nasty = PersonInput(name="\x1b[31mPhạm\u202e Văn\x07 An\u200b", address="1 Lê Lợi\r\n\x1b]0;x\x07Q1")
    kept = desk.detail(desk.receive(intake(desk, person=nasty)).id).applicant
    assert kept is not None
    assert kept.name == "Phạm Văn An"
    assert not any(ord(letter) < 32 or letter in "\u202e\u200b\x7f" for letter in kept.name + kept.address)


def test_missing_and_unlisted_papers_are_named(desk: Desk) -> None:
    form = intake(desk)
    with pytest.raises(Refused, match=r"Thiếu giấy tờ bắt buộc: .*Giấy chứng sinh"):
        desk.receive(form.model_copy(update={"papers": form.papers[:1]}))
    extra = ev.PaperReceived(requirement="so-ho-khau", name="Sổ hộ khẩu")
    with pytest.raises(Refused, match="Sổ hộ khẩu"):
        desk.receive(form.model_copy(update={"papers": (*form.papers, extra)}))


def test_json_of_a_script_is_told_what_is_wrong_with_it() -> None:
    with pytest.raises(Refused, match="JSON hợp lệ"):
        intake_from_json("{")
    with pytest.raises(Refused, match=r"procedure.* còn thiếu"):
        intake_from_json("{}")
    with pytest.raises(Refused, match=r"applicant\.tuoi"):
        intake_from_json('{"procedure": "1.001193", "applicant": {"tuoi": 9}}')


@pytest.mark.parametrize(
    ("case_name", "hour", "due"),
    [
        ("", (14, 59), (2026, 11, 23, 17, 30)),
        ("", (15, 1), (2026, 11, 25, 17, 30)),  # 24/11 is a public holiday
    ],
)
def test_same_day_procedure_and_its_cut_off(desk: Desk, clock, case_name, hour, due) -> None:
    clock.now = clock.now.replace(hour=hour[0], minute=hour[1])
    assert desk.receive(intake(desk)).due_at == datetime(*due, tzinfo=VIETNAM)


def test_case_with_days_is_not_delayed_by_the_same_day_cut_off(desk: Desk, clock) -> None:
    procedure = desk.procedure("1.000894")
    longer = next(case for case in procedure.cases if case.limit and case.limit.amount)
    clock.now = clock.now.replace(hour=15, minute=30)
    deadline = desk.deadline(procedure, longer.code)
    assert deadline is not None
    assert deadline.counts_from == clock.now


def test_supplement_restarts_the_clock_and_keeps_the_ledger(desk: Desk, clock) -> None:
    form = intake(desk, "1.004873")
    dossier = desk.receive(form)
    first = dossier.due_at
    clock.forward(hours=2)
    asked = desk.request_supplement(dossier.id, ["Tờ khai ghi thiếu nơi cư trú"], "chưa đủ thông tin")
    assert desk.remaining_text(asked) == "tạm dừng"
    assert desk.due_counts() == DueCounts(0, 0, 0)
    clock.forward(days=2)
    again = desk.supplement(dossier.id)
    assert first is not None
    assert again.due_at is not None
    assert again.due_at > first
    ledger = desk.explain(dossier.id)
    assert ledger is not None
    assert ledger.due_at == again.due_at


def test_incomplete_dossier_gets_its_code_only_when_complete(desk: Desk, clock) -> None:
    form = intake(desk)
    slip = desk.receive_incomplete(form.model_copy(update={"papers": ()}), ["Tờ khai", "Giấy chứng sinh"])
    assert (slip.state, slip.code) == (State.SUPPLEMENT, "")
    assert "1. Tờ khai" in "\n".join(_text(desk, slip))
    clock.forward(days=7)
    done = desk.supplement(slip.id, form.papers)
    assert done.state is State.ACCEPTED
    assert done.code == "H15.50.05.13-261130-0001"


def _text(desk: Desk, dossier) -> list[str]:
    from tthc_tui.printing.plain import screen_lines

    return [line.strip() for line in screen_lines(desk.document(dossier.id), 80)]


def test_known_applicant_is_not_typed_twice(desk: Desk) -> None:
    desk.receive(intake(desk))
    known = desk.known_person("079084001234")
    assert known is not None
    assert (known.name, known.birth, known.phone) == ("Phạm Văn An", "12/03/1984", "0912345678")


def test_dossier_is_found_by_whatever_the_citizen_remembers(desk: Desk) -> None:
    dossier = desk.receive(intake(desk))
    desk.receive(intake(desk, person=PersonInput(name="Trần Thị Đào", number="079184005678")))
    for words in ("pham van an", "Phạm", "0912345678", "079084001234", dossier.code, dossier.code[-4:]):
        found = desk.lines(desk.find(DossierQuery(text=words)))
        assert found, words
        assert found[-1].applicant == "Phạm Văn An", words
    assert [line.applicant for line in desk.lines(desk.find(DossierQuery(text="dao")))] == ["Trần Thị Đào"]
    assert desk.find_code(desk.lines(desk.find(DossierQuery(text="pham")))[0].short_id).code == dossier.code


def test_printer_roll_is_a_paper_of_the_settings() -> None:
    printer = replace(PrinterConfig("device", "/dev/usb/lp0", format="escpos"), paper="58mm").to_printer()
    assert (printer.dots, printer.paper) == (384, None)
