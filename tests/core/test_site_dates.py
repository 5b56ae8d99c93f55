"""What a site says holds from a day to a day: one answer to "which row is in force on this day"."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tthc_tui.core.calendar import WorkCalendar
from tthc_tui.core.dated import FOREVER, Dated, in_force, named, nearest, together, unclear
from tthc_tui.core.site import (
    Change,
    Counter,
    Gateway,
    HoursRule,
    Officer,
    Role,
    Session,
    Settings,
    Site,
    Unit,
)

NEW_YEAR = date(2027, 1, 1)
EVE = NEW_YEAR - timedelta(days=1)
MORNING = (Session(start=time(7, 30), end=time(11, 30)),)
SUMMER = (Session(start=time(7), end=time(11)),)
days = st.dates(date(2026, 1, 1), date(2028, 12, 31))


def site(**more: object) -> Site:
    plain = {"name": "Trung tâm A", "agency_code": "H15", "unit": "a", "units": (Unit(id="a", name="A"),)}
    return Site.model_validate({**plain, **more})


def test_a_change_takes_effect_by_itself_at_midnight_of_its_first_day() -> None:
    centre = site(
        settings=Settings(forward_cutoff=time(15), lock_minutes=7),
        changes=(Change(valid_from=NEW_YEAR, settings={"forward_cutoff": "16:00"}),),
    )
    assert centre.on(EVE).settings.forward_cutoff == time(15)
    assert centre.on(NEW_YEAR).settings.forward_cutoff == time(16)
    assert centre.on(NEW_YEAR).settings.lock_minutes == 7  # what a change does not say stays
    assert centre.settings_on(EVE) is centre.settings


def test_a_change_that_ends_gives_back_what_was_before_and_a_newer_one_goes_before() -> None:
    centre = site(
        changes=(
            Change(valid_from=NEW_YEAR, settings={"undo_seconds": 30, "consult_days": 5}),
            Change(valid_from=date(2027, 2, 1), valid_to=date(2027, 2, 28), settings={"undo_seconds": 300}),
        )
    )
    seen = [
        centre.on(day).settings.undo_seconds for day in (EVE, NEW_YEAR, date(2027, 2, 28), date(2027, 3, 1))
    ]
    assert seen == [120, 30, 300, 30]
    assert centre.on(date(2027, 2, 10)).settings.consult_days == 5


def test_heading_forms_rights_and_gateway_change_alike() -> None:
    centre = site(
        forms={"wording": {"reprint": "IN LẠI"}, "own_forms": [{"form": "x", "use": "y", "fields": ["1"]}]},
        rights={"admin": ["Print"]},
        gateway=Gateway(kind="http", url="https://cu", token="TOKEN"),
        changes=(
            Change(
                valid_from=NEW_YEAR,
                centre={"name": "Trung tâm B", "agency_code": "H16"},
                forms={"wording": {"page": "tr."}, "own_forms": [{"form": "x", "use": "z", "fields": ["2"]}]},
                rights={"leader": ("Print",)},
                gateway={"url": "https://moi"},
            ),
        ),
    )
    before, after = centre.on(EVE), centre.on(NEW_YEAR)
    assert (before.name, after.name, after.agency_code, after.unit) == (
        "Trung tâm A",
        "Trung tâm B",
        "H16",
        "a",
    )
    assert after.forms["wording"] == {"reprint": "IN LẠI", "page": "tr."}
    assert [own["use"] for own in after.forms["own_forms"]] == ["z", "y"]
    assert (set(before.rights), set(after.rights)) == ({"admin"}, {"admin", "leader"})
    assert (after.gateway.url, after.gateway.token, after.gateway.kind) == ("https://moi", "TOKEN", "http")


def test_a_setting_put_back_to_its_default_survives_storing() -> None:
    centre = site(
        settings=Settings(undo_seconds=30),
        changes=(Change(valid_from=NEW_YEAR, settings={"undo_seconds": 120}),),
    )
    stored = Site.model_validate_json(centre.model_dump_json())
    assert stored == centre
    assert stored.on(NEW_YEAR).settings.undo_seconds == 120


def test_a_site_stored_before_there_were_dates_holds_always() -> None:
    old = (
        '{"name": "A", "agency_code": "H15", "unit": "a", "settings": {"undo_seconds": 45},'
        ' "units": [{"id": "a", "name": "A"}], "forms": {"wording": {"page": "tr."}},'
        ' "hours": [{"valid_from": "2025-07-01", "weekdays": [0], "sessions": [], "field": ""}]}'
    )
    loaded = Site.model_validate_json(old)
    assert (
        loaded.on(date(2001, 1, 1)).settings.undo_seconds
        == loaded.on(date(2090, 1, 1)).settings.undo_seconds
        == 45
    )
    assert loaded.on(NEW_YEAR) == loaded
    assert loaded.hours[0].valid_to == FOREVER


@pytest.mark.parametrize(
    ("part", "value", "key"),
    [("settings", {"undo_secods": 1}, "undo_secods"), ("settings", {"forward_cutoff": "x"}, "forward_cutoff"),
     ("centre", {"unit": "b"}, "unit"), ("gateway", {"tries": 0}, "tries")],
)  # fmt: skip
def test_a_change_of_something_that_is_not_there_is_refused_by_its_name(
    part: str, value: dict[str, object], key: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        Change.model_validate({part: value})
    assert caught.value.errors()[0]["ctx"]["key"] == key


def test_a_person_who_moves_is_one_person_with_the_unit_of_the_day() -> None:
    lan = Officer(id="lan", name="Nguyễn Thị Lan", unit="a", valid_to=EVE)
    moved = lan.model_copy(
        update={"name": "Nguyễn Thị Ngọc Lan", "unit": "b", "valid_from": NEW_YEAR, "valid_to": FOREVER,
                "roles": frozenset({Role.LEADER})}
    )  # fmt: skip
    centre = site(officers=(moved, lan))
    assert [(one.unit, one.name) for one in centre.on(EVE).officers] == [("a", "Nguyễn Thị Lan")]
    assert [one.unit for one in centre.on(NEW_YEAR).officers] == ["b"]
    assert [one.unit for one in centre.officers_on(EVE)] == ["a"]
    assert centre.officer_name("lan", EVE) == "Nguyễn Thị Lan"
    assert centre.officer_name("lan") == centre.officer_name("lan", NEW_YEAR) == "Nguyễn Thị Ngọc Lan"


def test_between_two_postings_and_before_the_first_the_nearest_tells_who_it_is() -> None:
    rows = (
        Officer(id="x", name="Một", unit="a", valid_from=date(2026, 1, 1), valid_to=date(2026, 6, 30)),
        Officer(id="x", name="Hai", unit="b", valid_from=date(2026, 9, 1), valid_to=date(2026, 12, 31)),
    )
    names = [
        found.name
        for day in (date(2025, 1, 1), date(2026, 7, 15), date(2026, 9, 1), date(2027, 5, 1))
        if (found := named(rows, "x", day))
    ]
    assert names == ["Một", "Một", "Hai", "Hai"]
    assert not site(officers=rows).officers_on(date(2026, 7, 15))


def test_a_unit_and_a_counter_renamed_from_a_day_on() -> None:
    centre = site(
        units=(
            Unit(id="a", name="Phòng Tư pháp", valid_to=EVE),
            Unit(id="a", name="Phòng Nội vụ – Tư pháp", code="H15.2", valid_from=NEW_YEAR),
        ),
        counters=(
            Counter(id="1", name="Quầy 1", valid_to=EVE),
            Counter(id="1", name="Quầy Một", valid_from=NEW_YEAR),
        ),
    )
    assert centre.unit_name("a", EVE) == "Phòng Tư pháp"
    assert centre.on(NEW_YEAR).unit_name("a") == "Phòng Nội vụ – Tư pháp"
    assert centre.on(EVE).counter_name("1") == "Quầy 1"
    assert centre.counter_name("1", NEW_YEAR) == "Quầy Một"
    assert centre.counter_name("9", NEW_YEAR) == "9"


def test_summer_hours_end_by_themselves() -> None:
    hours = (
        HoursRule(weekdays=(0, 1, 2, 3, 4), sessions=MORNING),
        HoursRule(
            valid_from=date(2027, 4, 1), valid_to=date(2027, 9, 30), weekdays=(0, 1, 2, 3, 4), sessions=SUMMER
        ),
        HoursRule(valid_from=date(2027, 5, 1), valid_to=date(2027, 5, 31), weekdays=(5,), sessions=SUMMER),
    )
    calendar = WorkCalendar(hours, with_national=False)
    opening = {
        day: calendar.open_of(day).time() for day in (date(2027, 3, 31), date(2027, 4, 1), date(2027, 9, 30))
    }
    assert list(opening.values()) == [time(7, 30), time(7), time(7)]
    assert calendar.open_of(date(2027, 10, 1)).time() == time(7, 30)
    assert calendar.is_working_day(date(2027, 5, 29))
    assert not calendar.is_working_day(date(2027, 6, 5))  # the Saturday desk ended


@settings(max_examples=80, deadline=None)
@given(begin=days, length=st.integers(0, 400), day=days)
def test_the_calendar_uses_the_rule_in_force_on_each_day(begin: date, length: int, day: date) -> None:
    special = HoursRule(
        valid_from=begin, valid_to=begin + timedelta(days=length), weekdays=tuple(range(7)), sessions=SUMMER
    )
    usual = HoursRule(weekdays=tuple(range(7)), sessions=MORNING)
    calendar = WorkCalendar((usual, special), with_national=False)
    assert calendar.open_of(day).time() == (time(7) if special.holds(day) else time(7, 30))


@settings(max_examples=80, deadline=None)
@given(rows=st.lists(st.tuples(days, days), max_size=5), day=days)
def test_nearest_gives_the_row_in_force_where_one_is(rows: list[tuple[date, date]], day: date) -> None:
    known = [Dated(valid_from=min(pair), valid_to=max(pair)) for pair in rows]
    apart = [row for n, row in enumerate(known) if not any(together(row, other) for other in known[:n])]
    found, holding = nearest(apart, day), in_force(apart, day)
    assert found is (holding[0] if holding else found)
    assert (found is None) == (not apart)


@pytest.mark.parametrize(
    ("one", "other", "open_question"),
    [
        ((NEW_YEAR, FOREVER), (date(2027, 3, 1), FOREVER), False),  # the newer supersedes
        ((NEW_YEAR, FOREVER), (date(2027, 3, 1), date(2027, 4, 1)), False),  # a while within
        ((NEW_YEAR, date(2027, 4, 1)), (date(2027, 3, 1), FOREVER), True),  # the old one ends within the new
        ((NEW_YEAR, FOREVER), (NEW_YEAR, date(2027, 4, 1)), True),  # both begin together
        ((NEW_YEAR, date(2027, 2, 1)), (date(2027, 2, 2), FOREVER), False),  # one after the other
    ],
)
def test_when_two_rows_leave_open_which_holds(
    one: tuple[date, date], other: tuple[date, date], open_question: bool
) -> None:
    first, second = (Dated(valid_from=pair[0], valid_to=pair[1]) for pair in (one, other))
    assert unclear(first, second) is unclear(second, first) is open_question
