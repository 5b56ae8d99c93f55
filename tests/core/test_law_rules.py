"""Rules of the whole life: pauses in any order, fees that balance, steps, roles, chains, field edits."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tthc_tui.core import events as ev
from tthc_tui.core.base import VIETNAM, Refused
from tthc_tui.core.calendar import WorkCalendar
from tthc_tui.core.clocks import ClockKind, clocks
from tthc_tui.core.deadline import Pause, compute_deadline, moved_by_pauses
from tthc_tui.core.dossier import Dossier, evolve, fold
from tthc_tui.core.fees import account, by_method, tariff
from tthc_tui.core.notices import compose, rules_for
from tthc_tui.core.people import Person
from tthc_tui.core.procedure import Channel, Limit, LimitUnit
from tthc_tui.core.roles import DEFAULT_RIGHTS, check_role, site_rights
from tthc_tui.core.rules import IN_PLACE, allowed, decide
from tthc_tui.core.site import HoursRule, Role, Site
from tthc_tui.core.site_rules import NoticeRule, StepRule, TariffRule, rows_for
from tthc_tui.core.states import TRANSITIONS, State
from tthc_tui.core.terms import due_after_hold, next_step, step_due, term

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=VIETNAM)
CALENDAR = WorkCalendar((HoursRule(),))
LAN = ev.Actor(officer="lan", unit="ttpvhcc", station="q7")
BINH = ev.Actor(officer="binh", unit="ttpvhcc", station="q7", roles=frozenset({Role.LEADER}))
PERSON = Person(id=UUID(int=1), name="Phạm Văn An", phone="0912345678", salt="00" * 16)
PROCEDURE = ev.ProcedureRef(code="1.013227", name="Gia hạn", field_name="Hoạt động xây dựng")
FIVE_DAYS = Limit(amount=Decimal(5), unit=LimitUnit.WORKING_DAY)


class Life:
    """One dossier, decided step by step."""

    def __init__(self, **more: Any) -> None:
        self.at = NINE
        self.events: list[ev.AnyEvent] = []
        self.dossier: Dossier | None = None
        due = compute_deadline(NINE, FIVE_DAYS, CALENDAR).due_at
        self.do(
            ev.Receive(
                procedure=PROCEDURE, applicant=PERSON.ref(), code="H15-1", limit=FIVE_DAYS, due_at=due, **more
            )
        )

    def do(self, action: ev.Action, actor: ev.Actor = BINH, minutes: int = 0) -> Dossier:
        self.at += timedelta(minutes=minutes)
        for event in decide(self.dossier, action, actor, self.at, new_id=uuid4):
            self.events.append(event)
            self.dossier = evolve(self.dossier, event)
        assert self.dossier is not None
        return self.dossier

    def resume(self, code: str) -> Dossier:
        assert self.dossier is not None
        due = due_after_hold(self.dossier, code, self.at, CALENDAR, 480)
        return self.do(ev.Resume(code=code, due_at=due))


HOLDS = st.lists(
    st.tuples(st.integers(0, 6000), st.integers(1, 6000)), min_size=1, max_size=5
)  # (start, length) in minutes after the forwarding


@settings(max_examples=120, deadline=None)
@given(HOLDS)
def test_pauses_give_the_same_date_however_they_are_told(stretches: list[tuple[int, int]]) -> None:
    """Each stretch begins and ends when it does; which reason carries which stretch must not matter."""
    dues = set()
    for order in (stretches, list(reversed(stretches))):
        life = Life()
        life.do(ev.Forward(to_unit="ttpvhcc"))
        base = life.at
        moments = [(start, 1, n) for n, (start, _) in enumerate(order)]
        moments += [(start + length, 0, n) for n, (start, length) in enumerate(order)]
        for minute, begins, n in sorted(moments, key=lambda m: (m[0], -m[1], m[2])):
            life.at = base + timedelta(minutes=minute)
            if begins:
                life.do(ev.Pause(code=f"ly-do-{n}", reason=f"lý do {n}"))
            else:
                life.resume(f"ly-do-{n}")
        assert life.dossier is not None
        dues.add(life.dossier.due_at)
        found = term(life.dossier, CALENDAR, 480)
        assert found is not None
        assert found.due_at == life.dossier.due_at
        assert fold(life.events) == life.dossier
    assert len(dues) == 1
    pauses = [
        Pause(start=NINE + timedelta(minutes=a), end=NINE + timedelta(minutes=a + b)) for a, b in stretches
    ]
    assert dues == {compute_deadline(NINE, FIVE_DAYS, CALENDAR, pauses=pauses).due_at}


@settings(max_examples=100, deadline=None)
@given(HOLDS, st.integers(1, 4000))
def test_a_date_set_by_hand_moves_by_the_working_time_paused(
    stretches: list[tuple[int, int]], term_minutes: int
) -> None:
    due = CALENDAR.add_minutes(NINE, term_minutes)
    pauses = [
        Pause(start=NINE + timedelta(minutes=a), end=NINE + timedelta(minutes=a + b)) for a, b in stretches
    ]
    moved = moved_by_pauses(CALENDAR, NINE, due, pauses)
    assert moved >= due
    assert moved == moved_by_pauses(CALENDAR, NINE, due, list(reversed(pauses)))
    assert CALENDAR.is_working(moved - timedelta(microseconds=1))
    nothing = [Pause(start=due + timedelta(days=1), end=due + timedelta(days=2))]
    assert moved_by_pauses(CALENDAR, NINE, due, nothing) == due


def test_nights_and_days_off_do_not_count_twice() -> None:
    life = Life()
    life.do(ev.Forward(to_unit="ttpvhcc"))
    life.at = datetime(2026, 11, 23, 17, 30, tzinfo=VIETNAM)
    before = life.do(ev.Pause(code="xac-minh", reason="chờ xác minh")).due_at
    life.at = datetime(2026, 11, 25, 7, 30, tzinfo=VIETNAM)  # the night, a public holiday, another night
    assert life.resume("xac-minh").due_at == before


def test_a_restart_forgets_pauses_but_keeps_the_holds_that_last() -> None:
    life = Life()
    life.do(ev.Forward(to_unit="ttpvhcc"))
    life.do(ev.Pause(code="niem-yet", reason="niêm yết"), minutes=60)
    life.do(ev.RequestSupplement(items=("Đơn",)), minutes=60)
    after = life.do(ev.Supplement(restart=True), minutes=60)
    assert after.pauses == ()
    assert [(hold.code, hold.start) for hold in after.holds] == [("niem-yet", life.at)]
    assert after.counted_from == life.at


# --- money ---

MONEY = st.lists(
    st.tuples(
        st.sampled_from(["charge", "pay", "refund", "exempt"]),
        st.integers(1, 50_000),
        st.sampled_from(list(ev.PayMethod)),
    ),
    max_size=15,
)


@settings(max_examples=150, deadline=None)
@given(MONEY)
def test_sums_of_fees_balance_and_nothing_goes_below_zero(deeds: list[tuple[str, int, ev.PayMethod]]) -> None:
    life = Life()
    charged = exempted = paid = refunded = 0
    for number, (deed, amount, method) in enumerate(deeds):
        action = {
            "charge": ev.ChargeFee(name="Lệ phí", amount=amount),
            "pay": ev.PayFee(amount=amount, number=str(number), method=method, reference=f"FT{number}"),
            "refund": ev.RefundFee(amount=amount, number=str(number), reason="thừa", method=method),
            "exempt": ev.ExemptFee(name="Lệ phí", amount=amount, ground="NQ 5"),
        }[deed]
        try:
            life.do(action)
        except Refused:
            continue
        charged += amount if deed == "charge" else 0
        exempted += amount if deed == "exempt" else 0
        paid += amount if deed == "pay" else 0
        refunded += amount if deed == "refund" else 0
    assert life.dossier is not None
    sums = account(life.dossier)
    assert (sums.charged, sums.exempted, sums.paid, sums.refunded) == (charged, exempted, paid, refunded)
    assert sums.owed == charged - exempted - paid + refunded
    assert sums.refunded <= sums.paid
    assert sums.exempted <= sums.charged
    assert sum(by_method(life.dossier.payments).values()) == paid - refunded


def test_money_that_was_taken_elsewhere_is_never_refused() -> None:
    from tthc_tui.core.rules import guard

    life = Life()
    assert life.dossier is not None
    payment = ev.stamped(
        ev.PayFee(amount=5_000, number="9"),
        id=uuid4(),
        dossier=life.dossier.id,
        version=1,
        actor=LAN,
        at=NINE,
    )
    guard(life.dossier, payment)  # the server's question
    with pytest.raises(Refused, match="lớn hơn số còn phải nộp"):
        life.do(ev.PayFee(amount=5_000, number="9"))


def test_the_most_particular_line_of_the_tariff_holds_on_its_day() -> None:
    rules = (
        TariffRule(name="Lệ phí", amount=10_000),
        TariffRule(name="Lệ phí", amount=8_000, procedure="1"),
        TariffRule(name="Lệ phí", amount=4_000, procedure="1", channel=Channel.ONLINE),
        TariffRule(name="Lệ phí", amount=5_000, procedure="1", commune="A"),
        TariffRule(name="Lệ phí", amount=9_000, procedure="1", valid_from=date(2027, 1, 1)),
        TariffRule(name="Phí", amount=1_000, procedure="1", valid_to=date(2026, 6, 30)),
    )

    def fee(on: date, channel: Channel = Channel.DIRECT, commune: str = "") -> dict[str, int]:
        return {r.name: r.amount for r in tariff(rules, "1", "f", on, channel, commune=commune)}

    assert fee(date(2026, 6, 30)) == {"Lệ phí": 8_000, "Phí": 1_000}
    assert fee(date(2026, 7, 1)) == {"Lệ phí": 8_000}
    assert fee(date(2026, 7, 1), Channel.ONLINE) == {"Lệ phí": 4_000}
    assert fee(date(2026, 7, 1), commune="A") == {"Lệ phí": 5_000}
    assert fee(date(2027, 1, 1)) == {"Lệ phí": 9_000}


# --- steps ---


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.sampled_from(["0.25", "0.5", "1", "1.75", "3"]), min_size=1, max_size=6),
    st.integers(0, 30 * 24 * 60),
)
def test_steps_one_after_another_end_where_their_sum_ends(budgets: list[str], start: int) -> None:
    began = NINE + timedelta(minutes=start)
    now = began
    for budget in budgets:
        now = step_due(now, Limit(amount=Decimal(budget), unit=LimitUnit.WORKING_DAY), CALENDAR)
        assert CALENDAR.is_working(now - timedelta(microseconds=1))
    total = sum(Decimal(budget) for budget in budgets)
    assert now == step_due(began, Limit(amount=total, unit=LimitUnit.WORKING_DAY), CALENDAR)


def test_steps_follow_the_order_of_the_site_and_can_go_back() -> None:
    rules = [StepRule(id=name, name=name) for name in ("nhan", "tham-dinh", "ky")]
    life = Life()
    life.do(ev.Forward(to_unit="ttpvhcc"))
    done = []
    while (rule := next_step(rules, life.dossier)) is not None:  # type: ignore[arg-type]
        life.do(ev.StartStep(step=rule.id, name=rule.name, due_at=NINE), minutes=1)
        if rule.id == "ky" and "ky" not in done:
            life.do(ev.ReturnStep(step="ky", to_step="tham-dinh", reason="sai"))
            life.do(ev.FinishStep(step="tham-dinh"))
        else:
            life.do(ev.FinishStep(step=rule.id))
        done.append(rule.id)
    assert life.dossier is not None
    assert [run.step for run in life.dossier.steps] == ["nhan", "tham-dinh", "ky", "tham-dinh", "ky"]
    assert [run.returned for run in life.dossier.steps] == ["", "", "sai", "", ""]


def test_a_row_for_the_procedure_goes_before_one_for_the_field_and_the_newest_holds() -> None:
    rows = (
        StepRule(id="a", name="chung"),
        StepRule(id="b", name="lĩnh vực", field="Hộ tịch"),
        StepRule(id="c", name="thủ tục", procedure="1"),
        StepRule(id="d", name="thủ tục mới", procedure="1", valid_from=date(2026, 7, 1)),
    )
    assert [row.id for row in rows_for(rows, "1", "Hộ tịch", date(2026, 6, 30))] == ["c"]
    assert [row.id for row in rows_for(rows, "1", "Hộ tịch", date(2026, 7, 1))] == ["d"]
    assert [row.id for row in rows_for(rows, "2", "Hộ tịch", date(2026, 7, 1))] == ["b"]
    assert [row.id for row in rows_for(rows, "2", "Đất đai", date(2026, 7, 1))] == ["a"]


# --- clocks, roles, sync ---


def test_every_open_clock_belongs_to_somebody_and_none_outlives_the_dossier() -> None:
    life = Life(forward_by=NINE + timedelta(days=1))
    assert {clock.kind for clock in clocks(life.dossier)} == {ClockKind.FORWARD, ClockKind.APOLOGY}  # type: ignore[arg-type]
    life.do(ev.Forward(to_unit="ttpvhcc"))
    life.do(ev.StartStep(step="a", name="a", due_at=NINE), minutes=1)
    life.do(ev.Consult(key="1", to_unit="thue", question="?", due_at=NINE))
    life.do(ev.Propose(what=ev.Proposal.STOP, reason="đổi ý"))
    assert life.dossier is not None
    assert {clock.kind for clock in clocks(life.dossier)} == {
        ClockKind.STEP,
        ClockKind.CONSULT,
        ClockKind.APOLOGY,
        ClockKind.PROPOSAL,
    }
    stopped = life.do(ev.Stop(reason="đổi ý", requested_at=life.at))
    assert clocks(stopped) == ()


def test_every_action_has_a_role_and_a_verb_and_the_site_may_change_it() -> None:
    for action in ev.EVENT_OF:
        if action in (ev.ErasePerson, ev.VoidNumbers):  # only the backend itself
            with pytest.raises(Refused, match="người được phân quyền"):
                check_role(action, set(Role))
            continue
        check_role(action, {Role.LEADER})
        with pytest.raises(Refused, match=r"lãnh đạo|người được phân quyền"):
            check_role(action, set())
        with pytest.raises(Refused) as refusal:
            check_role(action, {Role.ADMIN}, {Role.LEADER: frozenset({action.__name__})})
        assert "làm việc này:" not in refusal.value.reason, action.__name__
    own = site_rights(Site(name="x", agency_code="H15", unit="a", rights={"receiving": ("AddNote",)}))
    assert own[Role.RECEIVING] == {"AddNote"}
    assert own[Role.LEADER] == DEFAULT_RIGHTS[Role.LEADER]


def test_events_in_place_leave_the_state_and_the_menu_keeps_to_the_table() -> None:
    life = Life()
    for _ in range(2):
        assert life.dossier is not None
        for action in allowed(life.dossier):
            event = ev.EVENT_OF[action]
            assert event not in IN_PLACE or life.dossier.state in IN_PLACE[event]
        life.do(ev.Forward(to_unit="ttpvhcc"))


def test_states_walked_through_pauses_and_endings_keep_to_the_table() -> None:
    life = Life()
    states = [life.dossier.state]  # type: ignore[union-attr]
    with pytest.raises(Refused, match="Được tiếp nhận"):
        life.do(ev.Pause(code="thue", reason="nghĩa vụ tài chính", payment=True))
    for action in (
        ev.Forward(to_unit="ttpvhcc"),
        ev.Pause(code="thue", reason="nghĩa vụ tài chính", payment=True),
    ):
        states.append(life.do(action).state)
    with pytest.raises(Refused, match="nghĩa vụ tài chính"):
        life.do(ev.Withdraw(reason="thôi"))  # 6 leads to 4 and 8 only
    with pytest.raises(Refused):
        life.do(ev.Close(code="x", reason="y", state=7))
    states.append(life.resume("thue").state)
    states.append(life.do(ev.Resolve()).state)
    assert all(after in TRANSITIONS[before] for before, after in pairwise(states))
    with pytest.raises(Refused, match="Đã xử lý xong"):
        life.do(ev.Stop(reason="đổi ý", requested_at=NINE))


def test_field_edits_name_the_fields_they_set() -> None:
    life = Life()
    corrected = life.do(
        ev.Correct(reason="nhầm", number=8, replaces=7, content="Đúng", due_at=NINE + timedelta(days=1))
    )
    assert ev.edited_fields(life.events[-1]) == {"content", "due_at"}
    assert (corrected.number, corrected.replaces, corrected.content) == (8, 7, "Đúng")
    assert isinstance(life.events[-1], ev.FIELD_EDITS)
    assert [e.kind for e in life.events] == ["received", "corrected"]


def test_undo_gives_back_what_a_pause_or_correction_changed() -> None:
    life = Life()
    life.do(ev.Forward(to_unit="ttpvhcc"))
    before = life.dossier
    for action in (
        ev.Pause(code="a", reason="b"),
        ev.Correct(reason="nhầm", content="khác"),
        ev.Propose(what=ev.Proposal.STOP, reason="c"),
    ):
        changed = life.do(action)
        back = life.do(ev.Undo(event=changed.last_event, grace_seconds=60))
        assert before is not None
        assert back.model_copy(update={"version": 0}) == before.model_copy(update={"version": 0})


def test_notices_take_the_particular_template_and_skip_people_without_address() -> None:
    site = Site(
        name="Trung tâm",
        agency_code="H15",
        unit="a",
        notices=(
            NoticeRule(on="received", text="{ten}, mã {ma}, {la}"),
            NoticeRule(on="received", text="riêng {hen}", procedure="1.013227"),
            NoticeRule(on="received", text="thư", channel="email"),
        ),
    )
    life = Life()
    assert life.dossier is not None
    rules = rules_for(site, life.events[0], life.dossier)
    sent = compose(rules, life.events[0], life.dossier, PERSON, site)
    assert [(one.channel, one.body) for one in sent] == [("sms", "riêng 09:00 ngày 01/12/2026")]


def test_forms_of_time_outside_office_hours_start_the_step_with_the_next_session() -> None:
    evening = datetime.combine(date(2026, 11, 23), time(20), VIETNAM)
    half = Limit(amount=Decimal("0.5"), unit=LimitUnit.WORKING_DAY)
    assert step_due(evening, half, CALENDAR) == datetime(2026, 11, 25, 11, 30, tzinfo=VIETNAM)
    assert State(8) is State.STOPPED
