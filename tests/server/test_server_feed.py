"""Reading: order, arrival of whole histories, cursors, epochs, masking, snapshots, proof."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from server_tools import UNITS, Backend, Station, code, snapshot_lines
from sqlalchemy import text

from tthc_tui.core import events as ev
from tthc_tui.core import wire
from tthc_tui.core.chain import Link, first_break
from tthc_tui.core.events import event_from_json
from tthc_tui.core.site import Site, Unit
from tthc_tui.server import admin, feed
from tthc_tui.server.migrate import connected, new_epoch
from tthc_tui.server.verify import verify_database


def links(events: list[wire.FeedEvent]) -> list[Link]:
    """What a station proves."""
    read = [(event_from_json(e.event), e) for e in events]
    return [Link(str(event.dossier), str(event.id), line.event, line.chain) for event, line in read]


async def two_histories(lan: Station) -> None:
    """A dossier that stays at the counter and one that is forwarded after others got places."""
    first = lan.receive(code(1))
    second = lan.receive(code(2))
    lan.do(ev.AddNote(text="chờ"), first)
    second = lan.do(ev.Print(form="mau-01"), second)
    lan.do(ev.AddNote(text="vẫn chờ"), first)
    lan.do(ev.Forward(to_unit="tu-phap-a"), second)
    lan.do(ev.AddNote(text="đã chuyển"), second)
    await lan.push()


@pytest.mark.parametrize("limit", [1, 2, 200])
async def test_a_dossier_arrives_with_its_whole_history_in_order(backend: Backend, limit: int) -> None:
    lan, minh = await backend.station("lan"), await backend.station("minh")
    _, before = await minh.feed()
    await two_histories(lan)
    events, cursor = await minh.feed(after=before, limit=limit)
    assert [(e.at, e.place) for e in events] == [(6, 2), (6, 4), (6, 6), (7, 7)]
    assert first_break(links(events)) is None
    assert (await minh.feed(after=cursor))[0] == []
    above, _ = await (await backend.station("thu")).feed(limit=limit)
    assert [e.place for e in above] == [1, 2, 3, 4, 5, 6, 7]


async def test_pages_of_any_size_tell_the_same_feed(backend: Backend) -> None:
    lan, minh = await backend.station("lan"), await backend.station("minh")
    await two_histories(lan)
    whole, _ = await minh.feed()
    for limit in (1, 2, 3):
        assert (await minh.feed(limit=limit))[0] == whole


async def test_a_feed_longer_than_the_window_of_one_page_is_read_to_its_end(backend: Backend) -> None:
    minh, bich = await backend.station("minh"), await backend.station("bich")
    lan = await backend.station("lan")
    for number in range(1, 151):  # of another commune: pages of minh's feed that are empty yet go on
        bich.receive(code(number, "H15.50.06.13"))
    await bich.push()
    await two_histories(lan)
    backend.app.state.services.feeds._window = 20
    answer = (await minh.get("feed")).json()
    assert (answer["events"], answer["more"]) == ([], True)
    assert len((await minh.feed())[0]) == 4


async def test_another_epoch_or_feed_is_gone(backend: Backend) -> None:
    lan, minh = await backend.station("lan"), await backend.station("minh")
    await two_histories(lan)
    _, cursor = await lan.feed()
    assert (await minh.get("feed", after=cursor)).status_code == 410
    new_epoch(backend.settings.database)
    for path in (f"feed?after={cursor}", f"snapshot?as_of={cursor}"):
        answer = await lan.http.get(f"{wire.PREFIX}/{path}", headers=lan.headers)
        assert (answer.status_code, answer.json()["code"]) == (410, "gone")
    assert len((await lan.feed())[0]) == 7


async def test_a_cursor_ahead_of_a_restored_log_is_gone(backend: Backend) -> None:
    lan = await backend.station("lan")
    session = lan.session
    ahead = wire.Cursor(session.epoch, 999, 999, wire.feed_tag(session.feed)).encode()
    assert (await lan.get("feed", after=ahead)).status_code == 410


@pytest.mark.parametrize("cursor", ["x", "a-b-c-d", "-1-1-x", "e--1-2-x", "e-1-2", "é" * 50, "e-²-1-x"])
async def test_a_cursor_that_is_none_is_a_problem_document(backend: Backend, cursor: str) -> None:
    lan = await backend.station("lan")
    assert (await lan.get("feed", after=cursor)).status_code == 422


async def test_another_commune_sees_nothing(backend: Backend) -> None:
    lan, bich = await backend.station("lan"), await backend.station("bich")
    await two_histories(lan)
    assert (await bich.feed())[0] == []
    lines = list(snapshot_lines((await bich.get("snapshot")).text))
    assert [line["line"] for line in lines] == ["start", "end"]


async def test_personal_data_is_clear_only_to_those_who_work_on_the_dossier(backend: Backend) -> None:
    lan = await backend.station("lan")
    dossier = lan.receive(code(1), handling="tu-phap-a")
    lan.do(ev.Forward(to_unit="tu-phap-a"), dossier)
    await lan.push()
    for name, masked in (("lan", False), ("minh", False), ("thu", False), ("giam", True), ("quan", True)):
        station = await backend.station(name)
        (person,) = (await station.feed())[0][0].persons
        assert person.masked is masked, name
        assert (person.person().ref().commitment == person.commitment) is not masked
        assert person.name == ("N. V. A." if masked else "Nguyễn Văn An")
        assert person.number == ("*********789" if masked else "089123456789")
        assert bool(person.address) is not masked


async def test_who_only_passed_a_dossier_on_sees_it_masked_afterwards(backend: Backend) -> None:
    lan, minh, thu = [await backend.station(name) for name in ("lan", "minh", "thu")]
    dossier = lan.do(ev.Forward(to_unit="tu-phap-a"), lan.receive(code(1)))
    await lan.push()
    dossier = minh.do(ev.AcceptHandover(), dossier)
    await minh.push()
    assert not (await minh.feed())[0][0].persons[0].masked
    dossier = minh.do(ev.Forward(to_unit="phuong-a"), dossier)
    await minh.push()
    thu.do(ev.AcceptHandover(), dossier)
    await thu.push()
    assert (await minh.feed())[0][0].persons[0].masked


async def test_erasing_a_person_leaves_the_history_provable(backend: Backend) -> None:
    lan = await backend.station("lan")
    lan.receive(code(1))
    await lan.push()
    (person,) = (await lan.feed())[0][0].persons
    with connected(backend.settings.database) as connection:
        assert admin.erase_person(connection, str(person.id)) == 1
    events, _ = await lan.feed()
    assert events[0].persons == ()
    assert first_break(links(events)) is None


async def test_a_changed_event_is_named(backend: Backend) -> None:
    lan = await backend.station("lan")
    await two_histories(lan)
    events, _ = await lan.feed()
    proof = links(events)
    proof[3] = proof[3]._replace(text=proof[3].text.replace("mau-01", "mau-02"))
    broken = first_break(proof)
    assert broken is not None
    assert broken.event == proof[3].event
    broken = first_break([*links(events)[:2], *links(events)[4:]])  # an event left out
    assert broken is not None
    assert broken.event == links(events)[4].event


async def test_a_snapshot_is_the_feed_dossier_by_dossier(backend: Backend) -> None:
    lan, minh = await backend.station("lan"), await backend.station("minh")
    await two_histories(lan)
    start, dossier, end = snapshot_lines((await minh.get("snapshot")).text)
    assert (start["dossiers"], start["events"]) == (1, 4)
    assert [wire.FeedEvent.model_validate(e) for e in dossier["events"]] == (await minh.feed())[0]
    assert end["dossiers"] == 1
    assert (await minh.feed(after=end["cursor"]))[0] == []
    lan.receive(code(3), handling="tu-phap-a")
    await lan.push()
    assert [e.place for e in (await minh.feed(after=end["cursor"]))[0]] == [8]


async def test_a_broken_snapshot_is_resumed_as_of_its_beginning(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "SNAPSHOT_PAGE", 3)
    lan = await backend.station("lan")
    for number in range(1, 11):
        lan.receive(code(number))
    await lan.push()
    whole = list(snapshot_lines((await lan.get("snapshot")).text))
    assert [line["line"] for line in whole] == ["start", *["dossier"] * 10, "end"]
    lan.receive(code(11))
    await lan.push()
    for cut in (1, 3, 4, 10):
        rest = await lan.get("snapshot", as_of=whole[0]["as_of"], after=whole[cut]["token"])
        assert list(snapshot_lines(rest.text)) == [whole[0], *whole[cut + 1 :]]


async def test_units_put_above_others_get_the_dossiers_with_their_history(backend: Backend) -> None:
    lan, tinh = await backend.station("lan"), await backend.station("tinh")
    await two_histories(lan)
    _, cursor = await tinh.feed()
    district = Unit(id="cum", name="Cụm phường", parent="tinh")
    moved = [u.model_copy(update={"parent": "cum"}) if u.id == "phuong-a" else u for u in UNITS]
    with connected(backend.settings.database) as connection:
        admin.put_units(connection, [district, *moved])
        admin.put_officer(connection, admin.NewOfficer("tinh", "Tinh", "tinh"))
        rows = connection.execute(text("SELECT dossier, since FROM visibility WHERE unit = 'cum'")).all()
    assert {row.since for row in rows} == {8}
    assert len(rows) == 2
    assert (await tinh.feed(after=cursor))[0] == []
    assert (
        await verify_database(backend.app.state.services.database)
    ).trouble == ""  # a place without an event


async def test_the_catalogue_is_sent_once(backend: Backend, site: Any) -> None:
    from tthc_tui.core.procedure import Procedure
    from tthc_tui.server.catalog import publish

    lan = await backend.station("lan")
    assert (await lan.get("catalog")).json()["version"] == ""
    held = site.officers[0].model_copy(update={"pin_hash": "geheim", "card": "089"})
    with connected(backend.settings.database) as connection:
        version = publish(
            connection,
            site.model_copy(update={"officers": (held,)}),
            [Procedure(code="1.001193", name="Đăng ký khai sinh")],
        )
    answer = await lan.get("catalog")
    body = wire.Catalog.model_validate(answer.json())
    assert (body.version, answer.headers["etag"].removeprefix("W/")) == (version, f'"{version}"')
    assert "geheim" not in answer.text
    for tag in (f'"{version}"', f'W/"{version}", "x"'):
        again = await lan.http.get(f"{wire.PREFIX}/catalog", headers={**lan.headers, "If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b"")
    assert json.loads(answer.text)["procedures"][0]["code"] == "1.001193"


async def test_who_asks_for_gzip_gets_the_same_answers_in_fewer_bytes(backend: Backend) -> None:
    from tthc_tui.server.catalog import publish

    lan = await backend.station("lan")
    for number in range(1, 41):
        lan.receive(code(number))
    await lan.push()
    with connected(backend.settings.database) as connection:
        publish(connection, Site(name="x" * 20_000, agency_code="H15", unit="tinh"), [])
    for path, kind in (
        ("snapshot", wire.NDJSON),
        ("feed", "application/json"),
        ("catalog", "application/json"),
    ):
        texts, sizes = [], []
        for asked in ("identity", "gzip;q=0", "gzip", "deflate, gzip;q=0.5"):
            headers = {**lan.headers, "Accept-Encoding": asked}
            async with lan.http.stream("GET", f"{wire.PREFIX}/{path}", headers=headers) as answer:
                raw = b"".join([part async for part in answer.aiter_raw()])
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith(kind)
            assert answer.headers["vary"] == "Accept-Encoding"
            squeezed = answer.headers.get("content-encoding") == "gzip"
            assert squeezed == (asked in ("gzip", "deflate, gzip;q=0.5"))
            texts.append(gzip.decompress(raw) if squeezed else raw)
            sizes.append(len(raw))
        assert len(set(texts)) == 1, path
        assert max(sizes[2:]) * 3 < min(sizes[:2]), path
    tag = answer.headers["etag"]
    again = {**lan.headers, "If-None-Match": tag, "Accept-Encoding": "gzip"}
    assert (await lan.http.get(f"{wire.PREFIX}/catalog", headers=again)).status_code == 304
