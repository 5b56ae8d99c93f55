"""Personal texts of events can be read with the persons' data alone."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tthc_tui.core import events as ev
from tthc_tui.core.base import VIETNAM
from tthc_tui.core.events import event_from_json, event_to_json
from tthc_tui.core.people import PersonRef
from tthc_tui.core.sealing import is_sealed, open_texts, seal, unseal

APPLICANT, AGENT = UUID(int=1), UUID(int=2)
SALTS = {APPLICANT: "ab" * 16, AGENT: "cd" * 16}


def salt(person: UUID) -> str:
    return SALTS.get(person, "")


def event(action: ev.Action, number: int = 9) -> ev.AnyEvent:
    actor = ev.Actor(officer="lan", unit="mot-cua", station="quay-1")
    at = datetime(2026, 11, 23, 8, 0, tzinfo=VIETNAM)
    return ev.stamped(action, id=UUID(int=number), dossier=UUID(int=7), version=1, actor=actor, at=at)


def received(authorisation: str = "", address: str = "") -> ev.AnyEvent:
    return event(
        ev.Receive(
            code="",
            procedure=ev.ProcedureRef(code="1", name="x"),
            applicant=PersonRef(id=APPLICANT, commitment="0"),
            agent=PersonRef(id=AGENT, commitment="0"),
            authorisation=authorisation,
            delivery_address=address,
        )
    )


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200))
def test_whoever_has_the_persons_reads_the_text_and_nobody_else(text: str) -> None:
    plain = event(ev.PayFee(amount=1, number="1", payer=text))
    stored = event_from_json(event_to_json(seal(plain, APPLICANT, None, salt)))
    assert isinstance(stored, ev.FeePaid)
    assert is_sealed(stored.payer)
    assert unseal(stored, salt) == plain
    for other in (lambda _: "", lambda _: "00" * 16):
        hidden = unseal(stored, other)
        assert isinstance(hidden, ev.FeePaid)
        assert hidden.payer != text or len(text) < 2


def test_the_same_text_looks_different_in_another_event() -> None:
    one, two = (
        seal(event(ev.PayFee(amount=1, number="1", payer="An"), n), APPLICANT, None, salt) for n in (1, 2)
    )
    assert one.payer != two.payer  # type: ignore[union-attr]


def test_an_authorisation_goes_when_either_of_the_two_is_erased() -> None:
    plain = received(authorisation="Giấy ủy quyền của ông An cho bà Bình", address="12 Lê Lợi")
    stored = seal(plain, APPLICANT, AGENT, salt)
    assert unseal(stored, salt) == plain
    for gone in (APPLICANT, AGENT):
        left = unseal(stored, lambda person, gone=gone: "" if person == gone else SALTS[person])
        assert left.authorisation == ""  # type: ignore[union-attr]
        assert left.delivery_address == ("" if gone == APPLICANT else "12 Lê Lợi")  # type: ignore[union-attr]


def test_nothing_is_sealed_under_a_person_who_was_erased() -> None:
    with pytest.raises(KeyError):
        seal(received(address="12 Lê Lợi"), APPLICANT, None, lambda _: "")


def test_what_is_sealed_stays_as_it_is_and_events_without_such_texts_too() -> None:
    once = seal(received(address="12 Lê Lợi"), APPLICANT, None, salt)
    assert open_texts(once) == ()
    assert seal(once, APPLICANT, None, salt) == once
    note = event(ev.AddNote(text="x"))
    assert seal(note, APPLICANT, None, lambda _: "") is note


@pytest.mark.parametrize(
    "typed",
    [
        f"sealed:{'-' * 36}:{'A' * 16}",
        f"sealed:{APPLICANT}:{'A' * 16}A",
        f"sealed:{APPLICANT}:{'A' * 16}====",
    ],
)
def test_what_only_looks_sealed_never_makes_a_history_unreadable(typed: str) -> None:
    stored = event_from_json(event_to_json(seal(received(address=typed), APPLICANT, None, salt)))
    assert unseal(stored, salt).delivery_address == ""  # type: ignore[union-attr]
    assert unseal(stored, lambda _: "no hex").delivery_address == ""  # type: ignore[union-attr]
