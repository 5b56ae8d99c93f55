"""Rules entered beforehand take effect at midnight; what began before keeps what held then."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from law_tools import at_unit, take

from tthc_tui.core.base import VIETNAM, Refused
from tthc_tui.core.dated import FOREVER
from tthc_tui.core.site import Change, Counter, HoursRule, Officer, Role, Session, Site, Unit
from tthc_tui.core.site_rules import NoticeRule
from tthc_tui.desk import Desk
from tthc_tui.desk.site_file import SiteFileError, keep_pins, read_site_file, write_site_file
from tthc_tui.printing.output import Printer
from tthc_tui.printing.plain import to_text

NEW_YEAR = date(2027, 1, 1)
EVE = NEW_YEAR - timedelta(days=1)


def at(clock: Any, *when: int) -> None:
    clock.now = datetime(*when, tzinfo=VIETNAM)  # type: ignore[misc]


def with_rows(desk: Desk, **tables: Sequence[Any]) -> None:
    """Rows added to tables of the site, as an import would."""
    whole = desk.whole_site
    desk.save_site(whole.model_copy(update={n: (*getattr(whole, n), *rows) for n, rows in tables.items()}))


def moved(site: Site, ident: str, unit: str, first: date, **more: Any) -> Site:
    """The site where an officer works in another unit from a day on."""
    old = next(one for one in site.officers if one.id == ident)
    before = old.model_copy(update={"valid_to": first - timedelta(days=1)})
    after = old.model_copy(update={"unit": unit, "valid_from": first, **more})
    rows = tuple(before if one is old else one for one in site.officers)
    return site.model_copy(update={"officers": (*rows, after)})


def test_a_forwarding_hour_of_next_year_is_entered_in_december(desk: Desk, clock: Any) -> None:
    with_rows(desk, changes=[Change(valid_from=NEW_YEAR, settings={"forward_cutoff": "16:00"})])
    at(clock, 2026, 12, 31, 15, 30)
    before = take(desk)
    at(clock, 2027, 1, 4, 15, 30)
    after = take(desk)
    assert before.forward_by
    assert after.forward_by
    assert after.forward_by.date() < date(2027, 1, 6)
    assert before.forward_by - before.received_at > after.forward_by - after.received_at  # type: ignore[operator]


def test_the_clocks_of_an_old_dossier_run_by_the_settings_of_its_receipt(desk: Desk, clock: Any) -> None:
    with_rows(
        desk, changes=[Change(valid_from=NEW_YEAR, settings={"day_minutes": 420, "supplement_days": 5})]
    )
    at(clock, 2026, 12, 28, 8, 0)
    old = take(desk)
    promised = old.due_at
    at(clock, 2027, 1, 4, 8, 0)
    new = take(desk)
    assert (desk.settings_of(old).day_minutes, desk.settings_of(new).day_minutes) == (480, 420)
    ledger = desk.explain(old.id)
    assert ledger is not None
    assert ledger.expected == promised
    asked = desk.request_supplement(old.id, ["Bản vẽ"], "thiếu")
    assert asked.supplement_until
    assert asked.supplement_until.date() > date(2027, 1, 20)
    asked = desk.request_supplement(new.id, ["Bản vẽ"], "thiếu")
    assert asked.supplement_until
    assert asked.supplement_until.date() < date(2027, 1, 13)
    assert desk.due_after_supplement(old, desk.now) is not None


def test_a_reprint_says_what_the_paper_said_a_new_one_says_the_new(
    desk: Desk, clock: Any, tmp_path: Path
) -> None:
    words = {"forms": {"receipt": {"title": "PHIẾU HẸN KIỂU MỚI"}}}
    change = Change(valid_from=NEW_YEAR, forms=words, centre={"name": "Trung tâm phường Mới", "place": "Mới"})
    with_rows(desk, changes=[change])
    at(clock, 2026, 12, 31, 23, 59)
    old = take(desk)
    desk.print_form(old.id, Printer(), tmp_path)
    at(clock, 2027, 1, 1, 0, 0)
    assert desk.centre_name == "Trung tâm phường Mới"
    new, again = desk.document(take(desk).id), desk.document(old.id)
    assert (new.form.title, new.letterhead.centre) == ("PHIẾU HẸN KIỂU MỚI", "Trung tâm phường Mới")
    assert (again.form.title, again.reprint_no) == ("GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ", 1)
    text = to_text(again)
    assert "phường Rạch Giá".upper() in text.upper()
    assert "phường Mới".upper() not in text.upper()


def test_a_form_that_no_event_issues_keeps_the_wording_of_its_first_print(
    desk: Desk, clock: Any, tmp_path: Path
) -> None:
    with_rows(desk, changes=[Change(valid_from=NEW_YEAR, centre={"name": "Trung tâm phường Mới"})])
    at(clock, 2026, 12, 31, 10, 0)
    printed, unprinted = take(desk), take(desk)
    desk.print_form(printed.id, Printer(), tmp_path, form="mau-06")
    at(clock, 2027, 1, 4, 8, 0)
    assert desk.document(printed.id, "mau-06").letterhead.centre.endswith("Rạch Giá")
    assert desk.document(unprinted.id, "mau-06").letterhead.centre == "Trung tâm phường Mới"


def test_notices_and_reasons_change_on_their_day(desk: Desk, clock: Any, tmp_path: Path) -> None:
    new = NoticeRule(on="received", text="{trungtam} KIỂU MỚI {ma}", valid_from=NEW_YEAR)
    with_rows(desk, notices=[new], changes=[Change(valid_from=NEW_YEAR, centre={"name": "Trung tâm Mới"})])
    at(clock, 2026, 12, 31, 10, 0)
    take(desk)
    at(clock, 2027, 1, 4, 8, 0)
    take(desk)
    bodies = sorted((one.body for one in desk.notices()), key=lambda body: "KIỂU MỚI" in body)
    assert "đã tiếp nhận hồ sơ" in bodies[0]
    assert "Rạch Giá" in bodies[0]
    assert bodies[1].startswith("Trung tâm Mới KIỂU MỚI")


def test_rights_change_on_their_day(desk: Desk, clock: Any) -> None:
    with_rows(desk, changes=[Change(valid_from=NEW_YEAR, rights={"receiving": ("Receive", "Register")})])
    at(clock, 2026, 12, 31, 10, 0)
    dossier = take(desk)
    desk.note(dossier.id, "còn được")
    at(clock, 2027, 1, 1, 0, 0)
    with pytest.raises(Refused) as caught:
        desk.note(dossier.id, "hết được")
    assert caught.value.code == "role"


def test_who_moves_works_in_the_new_unit_with_the_same_pin_and_history_keeps_the_old(
    desk: Desk, clock: Any
) -> None:
    desk.set_pin("khoa", "2468")
    desk.save_site(
        moved(
            desk.whole_site, "khoa", "tu-phap", NEW_YEAR, name="Đỗ Văn Khoa", roles=frozenset({Role.LEADER})
        )
    )
    at(clock, 2026, 12, 31, 9, 0)
    dossier = take(desk)
    desk.forward([dossier.id], "dia-chinh")
    desk.sign_in("khoa", "2468")
    desk.accept_handover([dossier.id])
    dossier = desk.dossier(dossier.id)
    assert [one.id for one in desk.assignable(dossier)] == ["binh", "khoa"]
    at(clock, 2027, 1, 1, 0, 0)  # still signed in
    assert (desk.officer.unit, desk.actor.unit, desk.officer.name) == ("tu-phap", "tu-phap", "Đỗ Văn Khoa")
    assert [one.id for one in desk.officers()].count("khoa") == 1
    assert [one.id for one in desk.leaders()] == ["binh", "khoa"]
    assert [one.id for one in desk.assignable(dossier)] == ["binh"]
    with pytest.raises(Refused):
        desk.check_officer("khoa", "dia-chinh")
    with pytest.raises(Refused, match="PIN"):
        desk.sign_in("khoa", "1111")
    desk.sign_in("khoa", "2468")
    names = {item.officer for item in desk.detail(dossier.id).history}
    assert "Đỗ Anh Khoa" in names
    assert "Đỗ Văn Khoa" not in names
    desk.set_pin("khoa", "1357")  # one PIN, whichever posting it was set in
    assert len({one.pin_hash for one in desk.whole_site.officers if one.id == "khoa"}) == 1


def test_between_two_postings_nobody_signs_in(desk: Desk, clock: Any) -> None:
    site = moved(desk.whole_site, "khoa", "tu-phap", NEW_YEAR)
    rows = tuple(
        one.model_copy(update={"valid_to": date(2026, 11, 30)})
        if one.id == "khoa" and one.valid_to != FOREVER
        else one
        for one in site.officers
    )
    desk.save_site(site.model_copy(update={"officers": rows}))
    at(clock, 2026, 12, 15, 8, 0)
    with pytest.raises(Refused, match="hết hiệu lực từ sau ngày 30/11/2026"):
        desk.sign_in("khoa")
    at(clock, 2027, 1, 4, 8, 0)
    assert desk.sign_in("khoa").unit == "tu-phap"


def test_a_unit_and_counter_renamed_are_shown_by_the_name_in_force_and_papers_keep_theirs(
    desk: Desk, clock: Any
) -> None:
    whole = desk.whole_site
    units = tuple(
        one.model_copy(update={"valid_to": EVE}) if one.id == "dia-chinh" else one for one in whole.units
    )
    new = Unit(id="dia-chinh", name="Phòng Kinh tế", code="H15.50.05.99", valid_from=NEW_YEAR)
    old_counter = whole.counters[0].model_copy(update={"valid_to": EVE})
    desk.save_site(
        whole.model_copy(
            update={
                "units": (*units, new),
                "counters": (old_counter, Counter(id="07", name="Quầy số 7", valid_from=NEW_YEAR)),
            }
        )
    )
    at(clock, 2026, 12, 31, 9, 0)
    old = at_unit(desk, take(desk))
    desk.sign_in("lan")
    assert old.code.startswith("H15.50.05.14-")
    at(clock, 2027, 1, 4, 9, 0)
    assert desk.site.unit_name("dia-chinh") == "Phòng Kinh tế"
    assert desk.site.counter_name("07") == "Quầy số 7"
    assert [unit.id for unit in desk.units()].count("dia-chinh") == 1
    fresh = take(desk)
    assert fresh.code.startswith("H15.50.05.99-")
    desk.forward([fresh.id], "dia-chinh")
    slips = [to_text(desk.handover_document(one.id)) for one in (old, fresh)]
    assert "Phòng Kinh tế, Hạ tầng và Đô thị" in slips[0]
    assert "Phòng Kinh tế" in slips[1]
    assert "Hạ tầng" not in slips[1]
    assert any("Hạ tầng và Đô thị" in item.text for item in desk.detail(old.id).history)


CHANGES = (
    Change(valid_from=NEW_YEAR, settings={"forward_cutoff": "16:00:00", "undo_seconds": 120}),
    Change(
        valid_from=date(2027, 3, 1),
        valid_to=date(2027, 3, 31),
        centre={"name": "Trung tâm “Mới”"},
        forms={"letterhead": {"left": ["A", "B"]}, "forms": {"receipt": {"title": "PHIẾU"}}},
        rights={"admin": ("Print",)},
        gateway={"kind": "http", "url": "https://moi", "token": "TOKEN_MOI"},
    ),
)


@pytest.mark.parametrize("tables", [False, True])
def test_a_dated_site_goes_out_and_comes_back_the_same(site: Site, tmp_path: Path, tables: bool) -> None:
    winter = HoursRule(
        valid_from=date(2026, 10, 16),
        valid_to=date(2027, 4, 15),
        sessions=(Session(start=time(8), end=time(12)),),
    )
    dated = moved(site, "khoa", "tu-phap", NEW_YEAR).model_copy(
        update={"changes": CHANGES, "hours": (HoursRule(), winter)}
    )
    files = write_site_file(dated, tmp_path / "a.toml", tables=tables, pins=True)
    assert "a-change.csv" not in {file.name for file in files}
    assert read_site_file(files[0]) == dated


def test_without_pins_no_secret_goes_out_and_an_import_keeps_them(site: Site, tmp_path: Path) -> None:
    old = moved(site, "khoa", "tu-phap", NEW_YEAR).model_copy(update={"changes": CHANGES})
    held = tuple(
        one.model_copy(update={"pin_hash": "băm"}) if one.id == "khoa" else one for one in old.officers
    )
    old = old.model_copy(update={"officers": held})
    (file,) = write_site_file(old, tmp_path / "a.toml")
    text = file.read_text(encoding="utf-8")
    assert "TOKEN_MOI" not in text
    assert "băm" not in text
    again = read_site_file(file)
    third = Officer(id="khoa", name="Khoa", unit="ttpvhcc", valid_from=date(2030, 1, 1))
    rows = tuple(
        one.model_copy(update={"valid_to": date(2029, 12, 31)})
        if one.id == "khoa" and one.valid_from == NEW_YEAR
        else one
        for one in again.officers
    )
    kept = keep_pins(again.model_copy(update={"officers": (*rows, third)}), old)
    assert {one.pin_hash for one in kept.officers if one.id == "khoa"} == {"băm"}
    assert kept.changes[1].gateway["token"] == "TOKEN_MOI"


BASE = """format = 1
[centre]
name = "Trung tâm"
agency_code = "H15.50"
unit = "a"
[[unit]]
id = "a"
name = "A"
"""


@pytest.mark.parametrize(
    ("more", "line", "said"),
    [
        ('[[unit]]\nid = "a"\nname = "B"\nvalid_from = 2027-01-01\n', 10, "“a” đã có ở mục [[unit]] phía trên và cùng có hiệu lực từ ngày 01/01/2027 trở đi"),
        ('[[officer]]\nid = "x"\nname = "X"\nunit = "a"\nvalid_to = 2027-01-31\n[[officer]]\nid = "x"\nname = "X"\nunit = "a"\nvalid_from = 2027-01-31\n', 15, "cùng có hiệu lực ngày 31/01/2027; mỗi ngày chỉ một mục"),
        ('[[pause_reason]]\nid = "p"\nname = "P"\n[[pause_reason]]\nid = "p"\nname = "Q"\n', 13, "“p” đã có ở mục [[pause_reason]]"),
        ('[[hours]]\nvalid_to = 2027-09-30\n[[hours]]\nvalid_from = 2027-09-01\n', 11, "thứ Hai từ ngày 01/09/2027 đến ngày 30/09/2027 có hai mục cùng nêu"),
        ('[[hours]]\nvalid_from = 2027-04-01\nvalid_to = 2027-09-30\n[[hours]]\nvalid_from = 2027-10-16\n', 11, "thứ Hai từ ngày 01/10/2027 đến ngày 15/10/2027 không có giờ làm việc nào"),
        ('[[hours]]\nvalid_to = 2027-09-30\n', 10, "thứ Hai từ ngày 01/10/2027 trở đi không có giờ làm việc nào"),
        ('[[change]]\nvalid_from = 2027-01-01\n[change.settings]\nundo_seconds = 1\nforward_cutof = "16:00"\n', 13, "có từ lạ “forward_cutof”"),
        ('[[change]]\nsettings = { undo_seconds = "x" }\n', 10, "giá trị của “undo_seconds” không đúng dạng"),
        ('[[change]]\nvalid_from = 2027-01-01\n[change.settings]\nundo_seconds = 1\n[[change]]\nvalid_from = 2027-01-01\n[change.settings]\nlock_minutes = 3\nundo_seconds = 2\n', 17, "“undo_seconds” từ ngày 01/01/2027 trở đi có hai mục [[change]] cùng đổi"),
        ('[[change]]\nvalid_from = 2027-01-01\n[change.forms.forms.receipt]\nblocks = 3\n', 11, "Khai báo biểu mẫu"),
        ('[[change]]\n[change.centre]\nagency_code = "!"\n', 11, ""),
        ('[[change]]\nvalid_from = 2027-02-01\nvalid_to = 2027-01-01\n', 11, "“valid_to” ở trước “valid_from”"),
        ('[csv]\nchange = "x.csv"\n', 10, "[csv] không có bảng “change”"),
    ],
)  # fmt: skip
def test_what_leaves_a_day_open_is_told_with_its_line(
    tmp_path: Path, more: str, line: int, said: str
) -> None:
    file = tmp_path / "a.toml"
    file.write_text(BASE + more, encoding="utf-8")
    with pytest.raises(SiteFileError) as caught:
        read_site_file(file)
    assert said in caught.value.reason
    assert caught.value.line == line


@pytest.mark.parametrize(
    "more",
    [
        "[[hours]]\n[[hours]]\nvalid_from = 2027-04-01\nvalid_to = 2027-09-30\n",  # a summer over the usual hours
        '[[hours]]\n[[hours]]\nweekdays = ["T7"]\nsessions = ["07:30-11:30"]\nvalid_to = 2027-06-30\n',  # Saturdays end
        "[[hours]]\nvalid_to = 2027-03-31\n[[hours]]\nvalid_from = 2027-04-01\nsessions = []\n",  # closed on purpose
        '[[hours]]\n[[hours]]\nfield = "Đất đai"\nvalid_to = 2027-03-31\n',  # a desk goes back to the usual hours
        "[[change]]\n[change.settings]\nundo_seconds = 1\n[[change]]\n[change.settings]\nlock_minutes = 2\n",
    ],
)  # fmt: skip
def test_what_leaves_no_day_open_is_taken(tmp_path: Path, more: str) -> None:
    file = tmp_path / "a.toml"
    file.write_text(BASE + more, encoding="utf-8")
    assert read_site_file(file).name == "Trung tâm"


def test_a_second_posting_on_the_same_day_is_told_with_the_line_of_its_table(
    site: Site, tmp_path: Path
) -> None:
    write_site_file(site, tmp_path / "a.toml", tables=True)
    (tmp_path / "a-officer.csv").write_text(
        "id,name,unit,valid_from,valid_to\nlan,Lan,ttpvhcc,,2027-01-31\nlan,Lan,tu-phap,2027-02-01,\n"
        "lan,Lan,dia-chinh,2027-06-01,\n",
        encoding="utf-8",
    )
    with pytest.raises(SiteFileError, match=r"“a-officer[.]csv”, dòng 4: “lan” đã có") as caught:
        read_site_file(tmp_path / "a.toml")
    assert "từ ngày 01/06/2027 trở đi" in caught.value.reason


def test_nothing_stores_or_exports_the_site_of_a_single_day() -> None:
    package = Path(__file__).parents[2] / "tthc_tui"
    wrong = re.compile(r"(?:self|desk)\.site\.(?:model_copy|changed|model_dump)|save_site\([^)]*desk\.site\b")
    assert not [str(file) for file in package.rglob("*.py") if wrong.search(file.read_text(encoding="utf-8"))]
