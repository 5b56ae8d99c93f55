"""A person is erased at the counter: nothing finds them any more, the history still proves."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterable
from pathlib import Path

import httpx
import pytest
from click.testing import Result
from sync_backend import SITE, Server, copy_file
from sync_tools import Network, Station
from test_sync_rounds import New, both_sync, intake, receive
from typer.testing import CliRunner

from tthc_tui.core.base import Refused, vietnam_time
from tthc_tui.core.chain import SignedCheckpoint
from tthc_tui.core.dossier import Dossier
from tthc_tui.core.events import ChargeFee, Delivery
from tthc_tui.core.site import Role
from tthc_tui.core.views import DossierQuery
from tthc_tui.desk.intake_form import PersonInput
from tthc_tui.printing.output import Printer
from tthc_tui.printing.plain import to_text
from tthc_tui.server import erasing
from tthc_tui.server.app import open_database
from tthc_tui.server.checkpoints import load_key, make_checkpoint, signature_good
from tthc_tui.server.cli import server_app
from tthc_tui.server.settings import ServerSettings
from tthc_tui.server.verify import verify_server
from tthc_tui.store import dossiers
from tthc_tui.store.sync_errors import Unreachable
from tthc_tui.store.sync_verify import verify_file

NUMBER = "079084001234"


def as_admin(station: Station) -> None:
    officers = tuple(
        one.model_copy(update={"roles": one.roles | {Role.ADMIN}}) if one.id == "lan" else one
        for one in SITE.officers
    )
    station.desk.save_site(station.desk.site.model_copy(update={"officers": officers}))


def test_nothing_of_the_person_remains_and_the_chain_still_proves(new_station: New) -> None:
    alone = new_station("a", "lan", joined=False)
    first, second = receive(alone), receive(alone)
    assert len(alone.desk.find(DossierQuery(text="pham van an"))) == 2
    with pytest.raises(Refused, match="quản trị"):
        alone.desk.erase_person(NUMBER, "Đơn số 5")
    as_admin(alone)
    with pytest.raises(Refused, match="lý do"):
        alone.desk.erase_person(NUMBER, " ")
    assert alone.desk.erase_person(NUMBER, "Đơn số 5").dossiers == 2
    for words in ("pham van an", NUMBER, "0912345678"):
        assert len(alone.desk.find(DossierQuery(text=words))) == 0
    assert alone.rows("SELECT count(*) FROM person") == [(0,)]
    assert alone.rows("SELECT count(*) FROM notice WHERE address LIKE '%0912345678%'") == [(0,)]
    for dossier in (first, second):
        text = to_text(alone.desk.document(dossier.id))
        assert "(đã xóa dữ liệu cá nhân)" in text
        assert "PHẠM VĂN AN" not in text
        assert "Đơn số 5" in alone.desk.detail(dossier.id).history[-1].text
    with alone.store.read() as connection:
        proof = verify_file(connection)
    assert (proof.broken, proof.dossiers, proof.waiting) == (None, 2, 0)
    with pytest.raises(Refused, match="Không có người nào"):
        alone.desk.erase_person(NUMBER, "Đơn số 5")


TEXTS = ("12 Lê Lợi", "Giấy ủy quyền số 9", "TRẦN THỊ TRẢ TIỀN")


def with_texts(station: Station) -> Dossier:
    """A dossier with everything of a person that stands in texts of its events."""
    own = intake(station)
    agent = PersonInput(name="LÊ THỊ ĐI THAY", number="079084009999")
    given = {
        "agent": agent,
        "authorisation": TEXTS[1],
        "delivery": Delivery.POST,
        "delivery_address": TEXTS[0],
    }
    done = station.desk.receive(own.model_copy(update=given))
    station.desk.act(done.id, ChargeFee(name="lệ phí", amount=9000))
    station.desk.pay(done.id, 8000, payer=TEXTS[2])
    return done


def bytes_of(folder: Path) -> bytes:
    """Everything a folder's files say."""
    return b"".join(file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file())


def held_in(content: bytes, words: Iterable[str]) -> list[str]:
    return [word for word in words if word.encode() in content]


def test_texts_about_a_person_are_read_as_long_as_the_person_is_there(new_station: New) -> None:
    alone = new_station("a", "lan", joined=False)
    as_admin(alone)
    done = with_texts(alone)
    found = alone.desk.dossier(done.id)
    assert (found.delivery_address, found.authorisation) == TEXTS[:2]
    assert found == alone.desk.dossier(done.id)
    assert found.payments[-1].payer == TEXTS[2]
    assert "12 Lê Lợi" in to_text(alone.desk.document(done.id))
    bodies = "".join(str(row) for row in alone.rows("SELECT body FROM event"))
    assert [word for word in TEXTS if word in bodies] == []
    assert (
        alone.desk.erase_person("079084009999", "Đơn số 6").dossiers == 1
    )  # only who came in the applicant's place
    found = alone.desk.dossier(done.id)
    assert (found.delivery_address, found.authorisation) == (TEXTS[0], "")
    assert alone.desk.erase_person(NUMBER, "Đơn số 5").dossiers == 1
    found = alone.desk.dossier(done.id)
    assert (found.delivery_address, found.authorisation, found.payments[-1].payer) == ("", "", "")
    with pytest.raises(Refused, match="đã được xóa"):
        alone.desk.pay(done.id, 1000, payer="AI ĐÓ")
    alone.desk.pay(done.id, 1000)
    with alone.store.read() as connection:
        assert verify_file(connection).broken is None
        assert dossiers.compare(connection) == []
    alone.close()
    assert (
        held_in(bytes_of(alone.folder), (*TEXTS, NUMBER, "079084009999", "PHẠM VĂN AN", "0912345678")) == []
    )
    alone.open()


def test_the_backends_copy_does_not_bring_the_person_back(new_station: New) -> None:
    lan, hung = new_station("a", "lan"), new_station("b", "hung")
    as_admin(lan)
    dossier = receive(lan)
    both_sync(lan, hung)
    lan.desk.erase_person(NUMBER, "Đơn số 5")
    hung.desk.note(dossier.id, "gọi lại cho người nộp")
    both_sync(hung, lan)
    assert lan.rows("SELECT count(*) FROM person") == [(0,)]
    assert "gọi lại" in " ".join(item.text for item in lan.desk.detail(dossier.id).history)


def test_a_feed_is_checked_against_what_the_server_signed(new_station: New) -> None:
    lan = new_station("a", "lan")
    receive(lan)
    lan.desk.sync_once()
    settings = ServerSettings(database=f"sqlite:///{lan.server.path}")
    key = load_key(lan.server.path.with_suffix(".sign"))

    async def sign() -> SignedCheckpoint | None:
        database = open_database(settings)
        await database.open()
        try:
            return await make_checkpoint(database, key)
        finally:
            await database.close()

    assert asyncio.run(sign()) is not None
    proof = lan.desk.verify_feed(signature_good)
    assert (proof.trouble, proof.checkpoints, proof.covered) == ("", 1, 1)
    assert "Chữ ký" in lan.desk.verify_feed(lambda item: signature_good(item, "00")).trouble


def erase_on(server: Server, number: str) -> Result:
    """What the administrator of the backend types."""
    where = ["--database", f"sqlite:///{server.path}"]
    return CliRunner().invoke(
        server_app, ["person", "erase", number, "--reason", "Đơn số 7", "--by", "IT", *where]
    )


def test_erased_on_the_backend_a_person_is_gone_from_every_station_too(
    new_station: New, server: Server
) -> None:
    lan, hung = new_station("a", "lan"), new_station("b", "hung")
    done = with_texts(lan)
    both_sync(lan, hung)
    assert hung.desk.dossier(done.id).delivery_address == TEXTS[0]
    away = receive(hung)  # waits in the outbox of a station that is away
    assert erase_on(server, NUMBER).output.startswith("Đã xóa dữ liệu cá nhân trong 1 hồ sơ")
    assert "Không có người nào" in str(erase_on(server, NUMBER).exception)
    both_sync(lan, hung)
    for station in (lan, hung):
        history = station.desk.detail(done.id).history
        assert "Đơn số 7" in history[-1].text
        assert len(station.desk.find(DossierQuery(text="0912345678"))) == (1 if away else 0)
    assert "Đã xóa" in erase_on(server, NUMBER).output  # the one that came later
    both_sync(lan, hung)
    late = new_station("c", "lan")
    server.stop()
    gone = (*TEXTS, NUMBER, "PHẠM VĂN AN", "0912345678")
    for station in (lan, hung, late):
        assert station.desk.dossier(done.id).delivery_address == ""
        with station.store.read() as connection:
            assert verify_file(connection).broken is None
            assert dossiers.compare(connection) == []
        station.close()
        assert held_in(bytes_of(station.folder), gone) == []
    assert held_in(b"".join(file.read_bytes() for file in server.path.parent.glob("server.db*")), gone) == []
    proof = asyncio.run(verify_server(ServerSettings(database=f"sqlite:///{server.path}")))
    assert (proof.trouble, proof.broken) == ("", None)
    for station in (lan, hung, late):
        station.open()
    server.start()


def test_what_the_backend_could_not_sweep_is_said(
    new_station: New, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    lan = new_station("a", "lan")
    receive(lan)
    lan.desk.sync_once()
    monkeypatch.setattr(erasing, "SWEEP_SECONDS", 0.1)
    reader = sqlite3.connect(server.path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM person").fetchone()
    done = erase_on(server, NUMBER)
    reader.close()
    assert done.output.startswith("Đã xóa dữ liệu cá nhân trong 1 hồ sơ")
    assert "chương trình khác đang đọc" in str(done.exception)


def test_who_was_erased_is_not_brought_back_by_a_station_that_was_away(
    new_station: New, server: Server
) -> None:
    lan, hung = new_station("a", "lan"), new_station("b", "hung")
    done = receive(lan)
    both_sync(lan, hung)
    hung.desk.correct(done.id, "sai tên giấy tờ", content="Khai sinh")
    assert erase_on(server, NUMBER).exit_code == 0
    both_sync(hung, lan)
    with sqlite3.connect(server.path) as file:
        assert file.execute("SELECT count(*) FROM person").fetchone() == (0,)
    file.close()
    assert hung.rows("SELECT count(*) FROM person") == [(0,)]


GONE = (*TEXTS, NUMBER, "PHẠM VĂN AN", "0912345678")


def test_somebody_who_reads_meanwhile_only_puts_the_sweeping_off(new_station: New, server: Server) -> None:
    lan, hung = new_station("a", "lan"), new_station("b", "hung")
    with_texts(lan)
    both_sync(lan, hung)
    reader = sqlite3.connect(hung.path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM person").fetchone()
    assert erase_on(server, NUMBER).exit_code == 0
    hung.desk.sync_once()
    assert held_in(bytes_of(hung.folder), GONE)  # an older state is being read: it is still on the disk
    reader.close()
    hung.desk.sync_once()
    assert held_in(bytes_of(hung.folder), GONE) == []  # the file is open all the while


class CutOff(Network):
    """The connection is lost right after the feed was read."""

    cut = True

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self.cut and not request.url.path.endswith(("/session", "/events", "/feed")):
            raise httpx.ConnectError("no route", request=request)
        return super().handle_request(request)


def test_a_round_that_ends_early_sweeps_what_it_erased(new_station: New, server: Server) -> None:
    lan, hung = new_station("a", "lan"), new_station("b", "hung")
    with_texts(lan)
    both_sync(lan, hung)
    hung.store.write(lambda connection: connection.exec_driver_sql("UPDATE lease SET next = last + 1"))
    assert erase_on(server, NUMBER).exit_code == 0
    hung.network = CutOff(server, hung.chance)
    hung._work()
    with pytest.raises(Unreachable):
        hung.desk.sync_once()
    assert held_in(bytes_of(hung.folder), GONE) == []


def test_who_only_gave_feedback_is_erased_too(new_station: New, server: Server) -> None:
    alone = new_station("a", "lan", joined=False)
    as_admin(alone)
    say = alone.desk.log_feedback
    first = say("Tôi là Bà Tám Khiếu Nại, gọi 0987 654 321", sender="Bà Tám Khiếu Nại", phone="0987 654 321")
    other = say("Chờ lâu", sender="Ông Năm", phone="0911222333")
    unnamed = say("Quầy 3 mở cửa muộn", sender="BÀ TÁM KHIẾU NẠI")
    alone.desk.answer_feedback(first.id, "Đã xin lỗi Bà Tám Khiếu Nại", justified=True)
    with pytest.raises(Refused, match="Không có người nào"):
        alone.desk.erase_person("0900000000", "Đơn số 8")
    gone = alone.desk.erase_person("+84987654321", "Đơn số 8")
    assert (gone.dossiers, gone.feedback, gone.swept) == (0, 1, True)
    kept, story = alone.desk.feedback(first.id)
    assert kept.content == "Tôi là (đã xóa), gọi (đã xóa)"
    assert (kept.sent_by, kept.phone, kept.answer) == ("(đã xóa dữ liệu cá nhân)", "", "Đã xin lỗi (đã xóa)")
    assert (kept.number, kept.due_at, len(story)) == (first.number, first.due_at, 2)
    assert alone.desk.erase_person("", "Đơn số 8", sender="bà tám khiếu nại").feedback == 1
    assert alone.desk.feedback(unnamed.id)[0].sent_by == "(đã xóa dữ liệu cá nhân)"
    assert alone.desk.feedback(other.id)[0].sender == "Ông Năm"
    assert held_in(bytes_of(alone.folder), ("Tám Khiếu", "TÁM KHIẾU", "0987 654")) == []


def test_erased_on_the_backend_the_feedback_of_an_applicant_goes_on_every_station(
    new_station: New, server: Server
) -> None:
    lan, hung = new_station("a", "lan"), new_station("b", "hung")
    done = receive(lan)
    both_sync(lan, hung)
    by_phone = hung.desk.log_feedback("Chờ lâu", sender="Chồng bà ấy", phone="+84 912 345 678")
    by_name = hung.desk.log_feedback("Sai tên", subject="dossier", dossier=done.id, sender="Phạm Văn An")
    namesake = hung.desk.log_feedback("Nóng quá", sender="Phạm Văn An", phone="0900111222")
    assert erase_on(server, NUMBER).exit_code == 0
    both_sync(lan, hung)
    names = [hung.desk.feedback(one.id)[0].sender for one in (by_phone, by_name, namesake)]
    assert names == ["", "", "Phạm Văn An"]


def test_saved_papers_and_messages_of_the_person_go_with_the_data(new_station: New, server: Server) -> None:
    lan, hung = new_station("a", "lan"), new_station("b", "hung")
    somebody = PersonInput(name="LÊ THỊ KHÁC", number="079084008888", phone="0900888888")
    mine = receive(hung)
    other = hung.desk.receive(intake(hung).model_copy(update={"applicant": somebody}))
    papers, messages = hung.folder / "bien-nhan", hung.folder / "tin-nhan"
    for dossier in (mine, other):
        hung.desk.print_form(dossier.id, Printer(kind="none", format="text"), papers)
    assert mine.received_at is not None
    day = f"{vietnam_time(mine.received_at):%Y%m%d}"
    for name in (f"so-theo-doi-{day}-{day}.pdf", "so-theo-doi-20200101-20200131.pdf", "ghi-chu.txt"):
        (papers / name).write_bytes(b"x")
    hung.store.write(lambda connection: connection.exec_driver_sql("UPDATE notice SET next_at = 0"))
    hung.desk.send_notices(messages)
    said = b"".join(file.read_bytes() for file in messages.glob("*.jsonl"))
    assert b"0912345678" in said
    both_sync(lan, hung)
    assert erase_on(server, NUMBER).exit_code == 0
    both_sync(lan, hung)
    left = sorted(file.name for file in papers.iterdir())
    assert left == ["ghi-chu.txt", f"mau-01-{other.code}.txt", "so-theo-doi-20200101-20200131.pdf"]
    assert held_in(bytes_of(hung.folder), (NUMBER, "PHẠM VĂN AN", "0912345678")) == []
    assert b"0900888888" in b"".join(file.read_bytes() for file in messages.glob("*.jsonl"))


def test_copies_made_before_upgrades_are_named_and_go_when_asked_for(new_station: New) -> None:
    alone = new_station("a", "lan", joined=False)
    as_admin(alone)
    empty = alone.path.with_name("tthc.truoc-nang-cap-v1.db")
    copy_file(alone.path, empty)
    receive(alone)
    holding = alone.path.with_name("tthc.truoc-nang-cap-v4.db")
    copy_file(alone.path, holding)
    assert alone.desk.erase_person(NUMBER, "Đơn số 5").copies == (holding,)
    assert alone.desk.erase_person(NUMBER, "Đơn số 5", copies=True) == (0, 0, True, ())
    assert (holding.exists(), empty.exists()) == (False, True)
    with pytest.raises(Refused, match="Không có người nào"):
        alone.desk.erase_person(NUMBER, "Đơn số 5", copies=True)
