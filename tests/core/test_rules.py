"""A dossier's life: what is allowed, what it becomes, what an undo takes back."""

from datetime import datetime, timedelta
from itertools import count
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tthc_tui.core import events as ev
from tthc_tui.core.base import VIETNAM, Refused, uuid7
from tthc_tui.core.dossier import Dossier, evolve, fold
from tthc_tui.core.people import Person
from tthc_tui.core.rules import TARGET, allowed, decide
from tthc_tui.core.states import TRANSITIONS, State

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=VIETNAM)
LAN = ev.Actor(officer="lan", unit="ttpvhcc", station="quay-07")
PERSON = Person(id=UUID(int=1), name="PHẠM VĂN AN", number="079084001234", salt="00" * 16)
KHAI_SINH = ev.ProcedureRef(code="1.001193", name="Đăng ký khai sinh", field_name="Hộ tịch")


def receive(**more: object) -> ev.Receive:
    fields = {
        "procedure": KHAI_SINH,
        "applicant": PERSON.ref(),
        "code": "H15.50.05.13-261123-0001",
        "due_at": NINE + timedelta(hours=7),
        **more,
    }
    return ev.Receive(**fields)


class Life:
    """Events of one dossier, decided one after another."""

    def __init__(self) -> None:
        self.events: list[ev.AnyEvent] = []
        self.dossier: Dossier | None = None
        self.at = NINE

    def do(self, action: ev.Action, after: int = 60, actor: ev.Actor = LAN) -> Dossier:
        self.at += timedelta(seconds=after)
        for event in decide(self.dossier, action, actor, self.at, new_id=uuid4):
            self.events.append(event)
            self.dossier = evolve(self.dossier, event)
        assert self.dossier is not None
        return self.dossier


def test_straight_path_ends_returned() -> None:
    life = Life()
    assert life.do(receive()).state is State.ACCEPTED
    forwarded = life.do(ev.Forward(to_unit="tu-phap", slip="BG-1"))
    assert (forwarded.state, forwarded.coming_to) == (State.PROCESSING, "tu-phap")
    held = life.do(ev.AcceptHandover(), actor=ev.Actor(officer="minh", unit="tu-phap", station="p2"))
    assert (held.holder_unit, held.holder_officer, held.coming_to) == ("tu-phap", "minh", "")
    assert life.do(ev.Resolve()).state is State.DONE
    done = life.do(ev.Return(rating=5))
    assert done.state is State.RETURNED
    assert not done.open


def test_incomplete_at_the_counter_is_accepted_once_complete() -> None:
    life = Life()
    life.do(ev.Register(procedure=KHAI_SINH, applicant=PERSON.ref(), missing=("2",)))
    waiting = life.do(ev.RequestSupplement(items=("Giấy chứng sinh",)))
    assert (waiting.state, waiting.due_at) == (State.SUPPLEMENT, None)
    accepted = life.do(
        ev.Accept(code="H15-261123-0002", papers=(ev.PaperReceived(requirement="2", name="Giấy chứng sinh"),))
    )
    assert (accepted.state, accepted.missing, accepted.code) == (State.ACCEPTED, (), "H15-261123-0002")


def test_second_supplement_needs_a_reason() -> None:
    life = Life()
    life.do(receive())
    life.do(ev.RequestSupplement(items=("Tờ khai",)))
    life.do(ev.Supplement(due_at=NINE + timedelta(days=2)))
    with pytest.raises(Refused, match="một lần"):
        life.do(ev.RequestSupplement(items=("Tờ khai",)))
    assert life.do(ev.RequestSupplement(items=("Tờ khai",), again_reason="tờ khai sai mẫu")).supplements == 2


def test_supplement_goes_back_to_where_it_was_asked() -> None:
    life = Life()
    life.do(receive())
    life.do(ev.RequestSupplement(items=("Tờ khai",)))
    assert life.do(ev.Supplement()).state is State.ACCEPTED
    life.do(ev.Forward(to_unit="tu-phap"))
    life.do(ev.RequestSupplement(items=("Tờ khai",), again_reason="thiếu trang"))
    assert life.do(ev.Supplement()).state is State.PROCESSING


def test_undo_takes_back_the_last_action_only_in_time_and_by_its_officer() -> None:
    life = Life()
    life.do(receive())
    forwarded = life.do(ev.Forward(to_unit="tu-phap"))
    with pytest.raises(Refused, match="người vừa thao tác"):
        life.do(
            ev.Undo(event=forwarded.last_event, grace_seconds=120),
            actor=ev.Actor(officer="khac", unit="x", station="y"),
        )
    back = life.do(ev.Undo(event=forwarded.last_event, grace_seconds=120), after=30)
    assert (back.state, back.coming_to, back.version) == (State.ACCEPTED, "", 3)
    with pytest.raises(Refused, match="quá thời gian"):
        life.do(ev.Undo(event=back.last_event, grace_seconds=120), after=600)


def test_undone_intake_is_void_and_keeps_its_code() -> None:
    life = Life()
    received = life.do(receive())
    void = life.do(ev.Undo(event=received.last_event, grace_seconds=120), after=10)
    assert void.voided
    assert void.code == received.code
    with pytest.raises(Refused, match="hủy"):
        life.do(ev.Forward(to_unit="tu-phap"))


def test_note_between_survives_an_undo() -> None:
    life = Life()
    life.do(receive())
    forwarded = life.do(ev.Forward(to_unit="tu-phap"))
    life.do(ev.Print(form="mau-01"), after=1)
    back = life.do(ev.Undo(event=forwarded.last_event, grace_seconds=120), after=1)
    assert (back.state, back.prints) == (State.ACCEPTED, {"mau-01": 1})


def test_authorised_collector_needs_the_paper() -> None:
    life = Life()
    life.do(receive())
    life.do(ev.Forward(to_unit="ttpvhcc"))
    life.do(ev.Resolve())
    with pytest.raises(Refused, match="ủy quyền"):
        life.do(ev.Return(collector=PERSON.ref()))


def test_refused_action_names_the_present_state() -> None:
    life = Life()
    life.do(receive())
    with pytest.raises(Refused, match="Được tiếp nhận"):
        life.do(ev.Return())


def test_commitment_changes_with_any_part_and_with_the_salt() -> None:
    other = PERSON.model_copy(update={"phone": "0912345678"})
    salted = PERSON.model_copy(update={"salt": "01" * 16})
    assert len({PERSON.ref().commitment, other.ref().commitment, salted.ref().commitment}) == 3


def test_uuid7_sorts_by_time() -> None:
    ids = [uuid7(NINE + timedelta(milliseconds=n)) for n in range(50)]
    assert ids == sorted(ids)
    assert {i.version for i in ids} == {7}


ACTIONS = st.sampled_from(
    [
        ev.Accept(code="H15-261123-0009"),
        ev.Reject(reason="không đủ điều kiện"),
        ev.Forward(to_unit="tu-phap"),
        ev.Forward(to_unit="ttpvhcc"),
        ev.AcceptHandover(),
        ev.RequestSupplement(items=("x",), again_reason="y"),
        ev.Supplement(),
        ev.Resolve(),
        ev.Return(),
        ev.Withdraw(reason="theo yêu cầu"),
        ev.AddNote(text="ghi chú"),
        ev.Print(form="mau-01"),
        ev.Undo(event=UUID(int=0), grace_seconds=3600),
    ]
)


@settings(max_examples=200, deadline=None)
@given(st.booleans(), st.lists(ACTIONS, max_size=12))
def test_no_path_leaves_the_table_and_history_replays(complete: bool, actions: list[ev.Action]) -> None:
    ids = count(1)
    life = Life()
    life.do(receive() if complete else ev.Register(procedure=KHAI_SINH, applicant=PERSON.ref()))
    for action in actions:
        before = life.dossier
        assert before is not None
        if isinstance(action, ev.Undo):
            action = action.model_copy(update={"event": before.last_event})
        try:
            after = life.do(action, after=next(ids))
        except Refused:
            assert life.dossier is before
            continue
        if not isinstance(action, ev.Undo) and after.state is not before.state:
            assert after.state in TRANSITIONS[before.state]
    stored = [ev.event_from_json(ev.event_to_json(event)) for event in life.events]
    assert stored == life.events
    assert fold(stored) == life.dossier
    assert life.dossier is not None
    assert life.dossier.version == len(stored)


def test_menu_offers_only_what_the_state_permits() -> None:
    life = Life()
    offered = allowed(life.do(receive()))
    assert ev.Forward in offered
    assert ev.Return not in offered
    assert {TARGET[ev.EVENT_OF[a]] for a in offered if ev.EVENT_OF[a] in TARGET} <= TRANSITIONS[
        State.ACCEPTED
    ]
