"""The fields of one person on the intake: typed, scanned from a card, or known from before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input

from tthc_tui.core.identity import CardData, check_personal_number
from tthc_tui.widgets.fields import Choice, LabeledField
from tthc_tui.widgets.inputs import VnInput

if TYPE_CHECKING:
    from tthc_tui.app import CounterApp

_SEXES = (("", "–"), ("Nam", "Nam"), ("Nữ", "Nữ"))
_KINDS = (("1", "Công dân"), ("2", "Doanh nghiệp"), ("3", "Cơ quan nhà nước"), ("4", "Tổ chức khác"))


class PersonForm(Vertical):
    """Number first: a person known here fills the rest. Enter and ↓ go to the next field, ↑ to the one before.

    What the program filled in is replaced by the first letter typed over it; what the officer typed is
    never replaced without a word.
    """

    DEFAULT_CSS = """
    PersonForm {
        height: auto;
        & > Horizontal { height: 1; }
        & LabeledField > .field-error { display: none; }
        & LabeledField.-error > .field-error { display: none; }
        & .person-short { width: 30; }
    }
    """
    BINDINGS = [
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]

    @dataclass
    class NumberGiven(Message):
        """A personal number was typed and left: is the person known?"""

        form: PersonForm
        number: str

    @dataclass
    class Doubted(Message):
        """Something about the typed values is doubtful; `text` is one sentence, "" when it no longer is."""

        form: PersonForm
        text: str

    def __init__(self, who: str, *, id: str) -> None:
        super().__init__(id=id)
        self._who = who
        self._auto: dict[str, str] = {}
        self._asked = ""
        self.card_address = ""

        def text(name: str, **options: object) -> VnInput:
            return VnInput(ident=f"{id}-{name}", **options)  # type: ignore[arg-type]

        self.fields = {
            "number": text("number", vietnamese=False, upper=True, max_length=20),
            "name": text("name", upper=True),
            "birth": text("birth", vietnamese=False, max_length=10, placeholder="ng/th/năm"),
            "phone": text("phone", vietnamese=False, max_length=20),
            "address": text("address"),
            "email": text("email", vietnamese=False),
        }
        self.sex = Choice(_SEXES, ident=f"{id}-sex")
        self.kind = Choice(_KINDS, ident=f"{id}-kind")

    def compose(self) -> ComposeResult:
        """Three rows."""
        fields = self.fields
        with Horizontal():
            yield LabeledField("Số định danh", fields["number"], classes="person-short")
            yield LabeledField(self._who, fields["name"])
        with Horizontal():
            yield LabeledField("Ngày sinh", fields["birth"], classes="person-short")
            yield self.sex
            yield LabeledField("ĐT", fields["phone"], label_width=5)
            yield self.kind
        with Horizontal():
            yield LabeledField("Địa chỉ", fields["address"])
            yield LabeledField("Email", fields["email"], label_width=7, classes="person-email")

    # -- values -------------------------------------------------------------------------------------

    def values(self) -> dict[str, str]:
        """What stands in the fields."""
        return {
            **{name: field.text for name, field in self.fields.items()},
            "sex": self.sex.value,
            "kind": self.kind.value,
        }

    @property
    def empty(self) -> bool:
        """Whether nothing was filled in yet."""
        return not any(field.text for field in self.fields.values())

    def put(self, values: Mapping[str, str]) -> None:
        """Set every field, as the officer had typed it."""
        for name, field in self.fields.items():
            field.value = values.get(name, "")
            field.clear_error()
        self.sex.value = values.get("sex", "")
        self.kind.value = values.get("kind", "1")
        self._auto, self._asked, self.card_address = {}, values.get("number", ""), ""

    def fill(self, values: Mapping[str, str], *, over: bool = False) -> list[str]:
        """Fill fields from what is known. Typed values stay unless `over`; names of fields that differ."""
        kept = []
        for name, field in self.fields.items():
            value = values.get(name, "")
            value = value.upper() if field.upper else value
            if not value or field.text == value:
                continue
            if field.text and not over and self._auto.get(name) != field.text:
                kept.append(name)
                continue
            field.value = value
            field.clear_error()
            self._auto[name] = field.text
            if field.has_focus:
                field.select_all()
        if values.get("sex") and (over or not self.sex.value):
            self.sex.value = values["sex"]
        if values.get("kind"):
            self.kind.value = values["kind"]
        return kept

    def take_card(self, card: CardData) -> None:
        """The applicant is the holder of this card. A typed address of the same person stays."""
        number = self.fields["number"].text
        other = bool(number) and number != card.number
        if other:
            self.put({})
        self._asked = card.number
        address = self.fields["address"]
        typed = bool(address.text) and self._auto.get("address") != address.text
        values = {"number": card.number, "name": card.name, "birth": card.birth_text, "sex": card.sex}
        self.fill({**values, "kind": "1"}, over=True)
        self.card_address = card.address
        if not typed:
            self.fill({"address": card.address}, over=True)

    @property
    def card_address_differs(self) -> bool:
        """Whether the card names another address than the field."""
        return bool(self.card_address) and self.card_address != self.fields["address"].text

    def take_card_address(self) -> None:
        """Put the card's address into the field."""
        self.fill({"address": self.card_address}, over=True)

    def show_error(self, name: str, sentence: str) -> bool:
        """Mark a field as wrong and go there; False where there is no such field."""
        field = self.fields.get(name)
        if field is None:
            return False
        field.show_error(sentence)
        field.focus()
        return True

    # -- keys and focus -----------------------------------------------------------------------------

    @on(Input.Submitted)
    def _next(self, event: Input.Submitted) -> None:
        event.stop()
        self.screen.focus_next()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """A value the program filled in gives way to the first letter typed."""
        for name, field in self.fields.items():
            if event.widget is field and field.text and self._auto.get(name) == field.text:
                field.select_all()

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """What is wrong with the field that was left is said at once; a number is told the screen once."""
        self._judge(next((name for name, field in self.fields.items() if field is event.widget), ""))
        number = self.fields["number"]
        if event.widget is number and number.text and number.text != self._asked:
            self._asked = number.text
            self.post_message(self.NumberGiven(self, number.text))
        if event.widget in (number, self.fields["birth"]):
            self.post_message(self.Doubted(self, self._doubt()))

    @on(Choice.Changed)
    def _kind_changed(self, event: Choice.Changed) -> None:
        if event.choice is self.kind and not self.fields["number"].has_focus:
            self._judge("number")  # a company has other numbers than a citizen

    def _judge(self, name: str) -> None:
        """Mark a field that can't be right whatever the others say."""
        field = self.fields.get(name)
        if field is None:
            return
        from tthc_tui.core.base import Refused
        from tthc_tui.core.people import PersonKind
        from tthc_tui.desk.intake_form import checked_value

        today = cast("CounterApp", self.app).now.date()
        try:
            checked_value(name, field.text, PersonKind(int(self.kind.value)), today)
            field.clear_error()
        except Refused as refusal:
            field.show_error(refusal.reason)

    def _doubt(self) -> str:
        """What the number says against the rest."""
        if any(self.fields[name].error for name in ("number", "birth")):
            return ""
        number, birth = self.fields["number"].text, self.fields["birth"].text
        if self.kind.value != "1" or len(number) != 12 or not number.isdigit():
            return ""
        if not self.sex.value:
            self.sex.value = "Nữ" if int(number[3]) % 2 else "Nam"
        year = birth[-4:]
        born = int(year) if len(year) == 4 and year.isdigit() else None
        return " ".join(check_personal_number(number, born, self.sex.value)[:1])

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if isinstance(event.input, VnInput) and event.input.error and event.input.text:
            event.input.clear_error()
