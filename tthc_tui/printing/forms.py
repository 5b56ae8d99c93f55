"""The description of every printed form: which lines, in which order, in which words.

The wording lives in `data/forms.toml`; a site lays its own file over it (`load_forms(site_tables)`).
The order of the fields is that of Appendix I of Circular 03/2025/TT-VPCP.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from tthc_tui.core.base import Model
from tthc_tui.core.site import laid_forms, laid_over
from tthc_tui.core.text import clean_lines

Paper = Literal["A5", "A4"]
MOST_BLANKS = 40  # lines to write on: a page


class FieldBlock(Model):
    """One line "label: value". Empty values leave dots to write on, or vanish where `optional`."""

    kind: Literal["field"]
    key: str
    label: str
    strong: bool = False
    optional: bool = False
    blanks: int = Field(default=1, ge=0, le=MOST_BLANKS)  # dotted lines to leave where the value is empty


class TextBlock(Model):
    """A sentence with {placeholders}."""

    kind: Literal["text"]
    text: str
    style: Literal["normal", "note", "heading"] = "normal"


class ListBlock(Model):
    """A numbered list under a label; each row of the table `key` is (text, detail)."""

    kind: Literal["list"]
    key: str
    label: str
    blanks: int = Field(
        default=3, ge=0, le=MOST_BLANKS
    )  # numbered dotted lines to leave where the list is empty


class Column(Model):
    """One column of a table; `width` is relative, `group` is a heading shared by neighbours."""

    title: str
    width: float = Field(gt=0, lt=10_000)
    align: Literal["left", "center", "right"] = "left"
    group: str = ""


class TableBlock(Model):
    """A ruled table of the rows `key`; the rows `foot` close it in bold."""

    kind: Literal["table"]
    key: str
    columns: tuple[Column, ...] = Field(min_length=1)
    foot: str = ""


class Signer(Model):
    """Who signs: title in capitals, how, and the key of the printed name. Empty = an empty place."""

    title: str = ""
    note: str = ""
    key: str = ""


class SignatureBlock(Model):
    """Places for signatures, side by side."""

    kind: Literal["signatures"]
    signers: tuple[Signer, ...] = Field(min_length=1)


Block = Annotated[
    FieldBlock | TextBlock | ListBlock | TableBlock | SignatureBlock, Field(discriminator="kind")
]


class LetterheadWording(Model):
    """The head of every form: the issuing body left, the national motto right."""

    left: tuple[str, ...]
    right: tuple[str, ...]
    place_date: str


class Wording(Model):
    """Words that every form shares."""

    reprint: str
    replaces: str
    code_kept: str
    provisional: str
    no_code: str
    code_caption: str
    short_caption: str
    scan_caption: str
    continued: str
    page: str


class Form(Model):
    """One form: its lines in order, its paper, what each copy is for."""

    id: str
    model: str = ""  # official number and its legal source, printed small at the foot
    title: str
    number: str = ""
    paper: Paper = "A5"
    landscape: bool = False
    codes: bool = False  # carries the bar code and QR of the dossier
    copies: tuple[str, ...] = Field(default=("",), min_length=1)
    blocks: tuple[Block, ...]
    letterhead: LetterheadWording
    wording: Wording


class OwnForm(Model):
    """A lĩnh vực that uses a form of its own; `fields` are codes or published names."""

    form: str
    use: str
    fields: tuple[str, ...]


class Forms(Model):
    """All forms of a site."""

    forms: dict[str, Form]
    own_forms: tuple[OwnForm, ...] = ()

    def pick(self, form: str, field: str = "", field_name: str = "") -> Form:
        """The form `form` as the lĩnh vực with this code or name uses it (KeyError for an unknown form)."""
        wanted = {text.strip().casefold() for text in (field, field_name) if text.strip()}
        for own in self.own_forms:
            if own.form == form and wanted & {name.strip().casefold() for name in own.fields}:
                return self.forms[own.use]
        return self.forms[form]


def load_forms(site: Mapping[str, Any] | None = None) -> Forms:
    """The forms of the package with the site's tables (same shape as forms.toml) laid over them.

    Raises ValueError with one Vietnamese sentence where the site's tables do not fit.
    """
    if not site:
        return _standard_forms()
    return _build(laid_forms(_packaged(), _cleaned(site)))


def _cleaned(value: Any) -> Any:
    """A site's tables with every text NFC and free of control characters: they go to terminal and printer."""
    if isinstance(value, str):
        return clean_lines(value)
    if isinstance(value, Mapping):
        return {key: _cleaned(part) for key, part in value.items()}
    return [_cleaned(part) for part in value] if isinstance(value, list) else value


@lru_cache(maxsize=1)
def _standard_forms() -> Forms:
    return _build(_packaged())


def _packaged() -> dict[str, Any]:
    return tomllib.loads(files("tthc_tui").joinpath("data/forms.toml").read_text(encoding="utf-8"))


def _build(tables: Mapping[str, Any]) -> Forms:
    shared = {"letterhead": tables.get("letterhead"), "wording": tables.get("wording")}
    forms: dict[str, Form] = {}
    try:
        for form_id in dict(tables.get("forms", {})):
            whole = _inherited(form_id, tables["forms"], frozenset())
            labels = whole.pop("labels", {})
            whole["blocks"] = [
                {**block, "label": labels[block["key"]]} if block.get("key") in labels else block
                for block in whole["blocks"]
            ]
            head = laid_over(shared["letterhead"] or {}, whole.pop("letterhead", {}))
            words = laid_over(shared["wording"] or {}, whole.pop("wording", {}))
            forms[form_id] = Form(id=form_id, letterhead=head, wording=words, **whole)
        built = Forms(forms=forms, own_forms=tables.get("own_forms", ()))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ValueError(
            f"Khai báo biểu mẫu chưa đúng ở “{error.title}.{where}”; hãy so với tệp forms.toml đi kèm."
        ) from error
    except KeyError as error:
        raise ValueError(
            f"Khai báo biểu mẫu thiếu phần {error}; hãy so với tệp forms.toml đi kèm."
        ) from error
    except (TypeError, AttributeError) as error:
        raise ValueError(
            "Khai báo biểu mẫu có chỗ ghi giá trị thay cho bảng hoặc danh sách; hãy so với tệp forms.toml đi kèm."
        ) from error
    for own in built.own_forms:
        if own.use not in forms or own.form not in forms:
            raise ValueError(f"Biểu mẫu riêng “{own.use}” của lĩnh vực chưa được khai báo trong [forms].")
    return built


def _inherited(form_id: str, forms: Mapping[str, Any], seen: frozenset[str]) -> dict[str, Any]:
    """The table of a form with that of its `base` below it."""
    table = dict(forms[form_id])
    base = table.pop("base", "")
    if not base:
        return table
    if base in seen or base not in forms:
        raise ValueError(f"Biểu mẫu “{form_id}” dựa trên “{base}”, nhưng không có biểu mẫu đó.")
    return laid_over(_inherited(base, forms, seen | {form_id}), table)
