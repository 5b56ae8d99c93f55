"""The site's units and officers hold from a day to a day; its tables can stand in CSV files."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from law_tools import at_unit, take

from tthc_tui.core.base import VIETNAM, Refused
from tthc_tui.core.site import Officer, Role, Site, Unit
from tthc_tui.core.site_rules import TariffRule
from tthc_tui.desk import Desk
from tthc_tui.desk.site_file import SiteFileError, read_site_file, write_site_file

ENDED = date(2026, 11, 22)


def changed(site: Site, table: str, ident: str, **fields: Any) -> Site:
    """The site with one row of a table changed."""
    rows = tuple(row.model_copy(update=fields) if row.id == ident else row for row in getattr(site, table))
    return site.model_copy(update={table: rows})


def test_an_officer_whose_secondment_ended_neither_signs_in_nor_acts_nor_is_given_work(desk: Desk) -> None:
    dossier = at_unit(desk, take(desk))
    desk.save_site(changed(desk.site, "officers", "khoa", valid_to=ENDED))
    with pytest.raises(Refused, match="hết hiệu lực từ sau ngày 22/11/2026"):
        desk.note(dossier.id, "vẫn thử")
    desk.sign_in("binh")
    with pytest.raises(Refused, match="hết hiệu lực"):
        desk.sign_in("khoa")
    assert [one.id for one in desk.assignable(dossier)] == ["binh"]
    with pytest.raises(Refused):
        desk.assign(dossier.id, "khoa")
    assert any("Đỗ Anh Khoa" in item.officer for item in desk.detail(dossier.id).history)


def test_an_officer_not_yet_in_force_waits_for_the_day(desk: Desk, clock: Any) -> None:
    desk.save_site(changed(desk.site, "officers", "khoa", valid_from=date(2026, 11, 25)))
    with pytest.raises(Refused, match="chỉ có hiệu lực từ ngày 25/11/2026"):
        desk.sign_in("khoa")
    clock.now = datetime(2026, 11, 25, 7, 30, tzinfo=VIETNAM)
    assert desk.sign_in("khoa").id == "khoa"


def test_a_leader_out_of_force_signs_nothing(desk: Desk, clock: Any) -> None:
    dossier = take(desk)
    desk.sign_in("binh")
    new = Officer(id="moi", name="Lê Mới", unit="dia-chinh", roles=frozenset({Role.LEADER}))
    site = changed(desk.site, "officers", "binh", valid_to=ENDED)
    desk.save_site(site.model_copy(update={"officers": (*site.officers, new)}))
    desk.sign_in("moi")
    with pytest.raises(Refused, match="phải là lãnh đạo"):
        desk.extend(dossier.id, datetime(2026, 12, 4, 9, tzinfo=VIETNAM), "chậm", signed_by="binh")


def test_nothing_goes_to_a_unit_that_is_no_more_and_old_dossiers_show_its_name(desk: Desk) -> None:
    old = take(desk)
    desk.save_site(changed(desk.site, "units", "dia-chinh", valid_to=ENDED))
    for act in (
        lambda: desk.forward([old.id], "dia-chinh"),
        lambda: desk.consult(old.id, "dia-chinh", "Ý kiến"),
    ):
        with pytest.raises(Refused, match="hết hiệu lực từ sau ngày 22/11/2026: hãy chọn đơn vị khác"):
            act()
    assert "dia-chinh" not in [unit.id for unit in desk.units()]
    assert desk.site.unit_name(desk.dossier(old.id).handling_unit) == "Phòng Kinh tế, Hạ tầng và Đô thị"
    assert take(desk).handling_unit != "dia-chinh"


def test_the_site_goes_out_as_tables_and_comes_back_the_same(site: Site, tmp_path: Path) -> None:
    site = changed(site, "officers", "khoa", valid_from=date(2026, 7, 1), valid_to=date(2028, 6, 30))
    site = changed(site, "units", "dia-chinh", phone="+84 299", name='Phòng "Kinh tế", Hạ tầng; Đô thị')
    tariff = TariffRule(name="Lệ phí", amount=8000, free=False, procedure="1.001193")
    site = site.model_copy(update={"tariffs": (tariff,)})
    files = write_site_file(site, tmp_path / "a.toml", tables=True)
    assert {file.name for file in files} >= {
        "a.toml",
        "a-unit.csv",
        "a-officer.csv",
        "a-tariff.csv",
        "a-hours.csv",
    }
    assert "[[officer]]" not in files[0].read_text(encoding="utf-8")
    assert read_site_file(files[0]) == site
    assert "2026-07-01" in (tmp_path / "a-officer.csv").read_text(encoding="utf-8-sig")


def test_a_table_from_a_spreadsheet_with_semicolons_is_read(site: Site, tmp_path: Path) -> None:
    write_site_file(site, tmp_path / "a.toml", tables=True)
    (tmp_path / "a-unit.csv").write_bytes(
        "id;name;valid_from;;\r\nttpvhcc;Trung tâm;;;\r\n\r\ntu-phap;Tư pháp;2025-07-01;;\r\n"
        "dia-chinh;Địa chính;;;\r\nphuong;UBND;;;\r\n".encode("utf-8-sig")
    )
    found = read_site_file(tmp_path / "a.toml")
    assert found.units[1] == Unit(id="tu-phap", name="Tư pháp", valid_from=date(2025, 7, 1))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("lan,Lan,nowhere,,", "dòng 3: đơn vị “nowhere” không có"),
        ("lan,Lan,ttpvhcc,hôm qua,", "dòng 3: giá trị của “valid_from” không đúng dạng"),
        ("lan,Lan,ttpvhcc,2027-01-01,2026-01-01", "dòng 3: “valid_to” ở trước “valid_from”"),
        ("minh,Lan,ttpvhcc,,", "dòng 3: “minh” đã có"),
        ("lan,Lan,ttpvhcc,,,thừa", "dòng 3: dòng có 6 ô mà chỉ có 5 cột"),
        ('lan,"Lan,ttpvhcc,,', "không đúng dạng CSV"),
    ],
)
def test_a_mistake_in_a_table_is_told_with_its_file_and_line(
    site: Site, tmp_path: Path, line: str, said: str
) -> None:
    write_site_file(site, tmp_path / "a.toml", tables=True)
    (tmp_path / "a-officer.csv").write_text(
        f"id,name,unit,valid_from,valid_to\nminh,Minh,ttpvhcc,,\n{line}\n", encoding="utf-8"
    )
    with pytest.raises(SiteFileError) as caught:
        read_site_file(tmp_path / "a.toml")
    assert "“a-officer.csv”" in caught.value.reason
    assert said in caught.value.reason


def test_wrong_columns_missing_files_and_tables_given_twice_are_told(site: Site, tmp_path: Path) -> None:
    files = write_site_file(site, tmp_path / "a.toml", tables=True)
    unit = tmp_path / "a-unit.csv"
    kept = unit.read_text(encoding="utf-8-sig")
    unit.write_text("id,tên\n", encoding="utf-8")
    with pytest.raises(SiteFileError, match="dòng 1: có cột lạ “tên”"):
        read_site_file(files[0])
    unit.unlink()
    with pytest.raises(SiteFileError, match="không đọc được tệp"):
        read_site_file(files[0])
    unit.write_text(kept, encoding="utf-8")
    text = files[0].read_text(encoding="utf-8") + '\n[[unit]]\nid = "x"\nname = "X"\n'
    files[0].write_text(text, encoding="utf-8")
    with pytest.raises(SiteFileError, match=r"vừa ở \[csv\] vừa ở \[\[unit\]\]"):
        read_site_file(files[0])
