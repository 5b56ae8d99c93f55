"""The data of each form of a single dossier, and its document. Times are aware; texts as typed."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import AwareDatetime

from tthc_tui.core.base import Model
from tthc_tui.core.codes import other_day
from tthc_tui.printing import words
from tthc_tui.printing.document import Document, Letterhead, Rows
from tthc_tui.printing.forms import Forms, load_forms


class Party(Model):
    """A person or organisation on a form."""

    name: str
    number: str = ""  # số định danh cá nhân/tổ chức
    address: str = ""
    phone: str = ""
    email: str = ""


class SlipData(Model):
    """What every form needs. `number` is its own number, `code`/`short_id` those of the dossier or slip.

    `field_code`, `field_name`: the lĩnh vực, which may have its own form. `provisional`: no official code
    yet. `reprint_no`: 0 for the first print. `replaces`: number of the paper that this one replaces.
    """

    letterhead: Letterhead
    issued_at: AwareDatetime
    number: str = ""
    code: str = ""
    short_id: str = ""
    lookup_url: str = ""
    field_code: str = ""
    field_name: str = ""
    provisional: bool = False
    reprint_no: int = 0
    replaces: str = ""


class PaperLine(Model):
    """One paper handed in. `form` is "bản chính", "bản sao"…; `database` names where it was looked up instead."""

    name: str
    form: str = "bản chính"
    count: int = 1
    database: str = ""


class FeeLine(Model):
    """One fee. `amount` in whole đồng, None where the rules give no figure."""

    name: str
    amount: int | None = None
    note: str = ""


class ReceiptData(SlipData):
    """Mẫu 01. `content` is the procedure (and case); `signer` who signs if not agent or applicant."""

    applicant: Party
    agent: Party | None = None
    authorisation: str = ""  # giấy tờ ủy quyền
    content: str
    papers: tuple[PaperLine, ...] = ()
    sets: int = 1
    limit: str = ""
    received_at: AwareDatetime
    due_at: AwareDatetime | None = None
    delivery: str = ""
    book: str = ""
    serial: str = ""
    fees: tuple[FeeLine, ...] = ()
    officer: str = ""


class SupplementData(SlipData):
    """Mẫu 02. `items` are all that must be supplemented; `until` the last day where one is set."""

    applicant: Party
    content: str
    items: tuple[str, ...]
    reason: str = ""
    until: AwareDatetime | None = None
    contact: str = ""
    contact_phone: str = ""
    officer: str = ""


class RefusalData(SlipData):
    """Mẫu 03. `basis` is the legal ground of the refusal."""

    applicant: Party
    agent: Party | None = None
    content: str
    reason: str
    basis: str = ""
    officer: str = ""


class ApologyData(SlipData):
    """Mẫu 04, signed by the head of the processing body `body`."""

    applicant: Party
    content: str
    body: str
    received_at: AwareDatetime
    due_at: AwareDatetime
    reason: str
    new_due_at: AwareDatetime
    head: str = ""


class StopData(SlipData):
    """Mẫu 05 (Decree 118/2025, art. 21; Circular 03/2025, art. 7)."""

    applicant: Party
    agent: Party | None = None
    content: str
    body: str = ""
    received_at: AwareDatetime
    requested_at: AwareDatetime
    stopped_at: AwareDatetime
    reason: str
    returned: str = ""
    head: str = ""


class CertificationRow(Model):
    """One paper to certify; `fee` in whole đồng."""

    name: str
    pages: int
    copies: int
    fee: int


class CertificationData(SlipData):
    """Phiếu chứng thực."""

    applicant: Party
    content: str
    rows: tuple[CertificationRow, ...]
    due_at: AwareDatetime | None = None
    officer: str = ""


class FeeSlipData(SlipData):
    """Phiếu thu phí, lệ phí. `method` is how it was paid, `reference` that of the payment."""

    applicant: Party
    content: str
    fees: tuple[FeeLine, ...]
    method: str = "tiền mặt"
    reference: str = ""
    officer: str = ""


class RefundSlipData(SlipData):
    """Phiếu chi: money given back. `amount` in whole đồng; `of` is the number of the receipt it pays back."""

    applicant: Party
    content: str
    amount: int
    reason: str
    of: str = ""
    method: str = "tiền mặt"
    reference: str = ""
    officer: str = ""


def receipt_document(data: ReceiptData, forms: Forms | None = None) -> Document:
    """Mẫu 01: Giấy tiếp nhận hồ sơ và hẹn trả kết quả (Circular 03/2025/TT-VPCP)."""
    book = ""
    if data.book or data.serial:
        book = f"Quyển số {data.book or '……'} Số thứ tự {data.serial or '……'}"
    kept = other_day(data.code, data.received_at)
    return build(
        "receipt",
        data,
        forms,
        {
            **_party(data.applicant),
            "agent": _agent(data.agent, data.authorisation),
            "content": data.content,
            "sets": f"{words.count(data.sets)} (bộ)",
            "limit": data.limit,
            "received_at": words.moment(data.received_at),
            "due_at": words.moment(data.due_at),
            "delivery": data.delivery,
            "book": book or "Quyển số …… Số thứ tự …… (nếu có)",
            "fees": "; ".join(_fee(fee) for fee in data.fees),
            "signer": data.agent.name if data.agent else data.applicant.name,
            "officer": data.officer,
            "code_day": f"{kept:%d/%m/%Y}" if kept else "",
        },
        {"papers": tuple((paper.name, _paper_detail(paper)) for paper in data.papers)},
    )


def supplement_document(data: SupplementData, forms: Forms | None = None) -> Document:
    """Mẫu 02: Phiếu yêu cầu bổ sung, hoàn thiện hồ sơ."""
    values = {
        **_party(data.applicant),
        "content": data.content,
        "reason": data.reason,
        "until": words.day(data.until),
        "contact": data.contact,
        "contact_phone": data.contact_phone,
        "officer": data.officer,
    }
    return build("supplement", data, forms, values, {"items": tuple((item,) for item in data.items)})


def refusal_document(data: RefusalData, forms: Forms | None = None) -> Document:
    """Mẫu 03: Phiếu từ chối tiếp nhận giải quyết hồ sơ."""
    values = {
        **_party(data.applicant),
        "content": data.content,
        "reason": data.reason,
        "basis": data.basis,
        "signer": data.agent.name if data.agent else data.applicant.name,
        "officer": data.officer,
    }
    return build("refusal", data, forms, values)


def apology_document(data: ApologyData, forms: Forms | None = None) -> Document:
    """Mẫu 04: Phiếu xin lỗi và đề nghị gia hạn thời gian giải quyết."""
    received = words.long_day(data.received_at)
    values = {
        **_party(data.applicant),
        "content": data.content,
        "body": data.body,
        "received_day": received[0].upper() + received[1:],
        "due_at": words.moment(data.due_at),
        "reason": data.reason,
        "new_due_at": words.moment(data.new_due_at),
        "head": data.head,
    }
    return build("apology", data, forms, values)


def stop_document(data: StopData, forms: Forms | None = None) -> Document:
    """Mẫu 05: Thông báo dừng giải quyết hồ sơ."""
    values = {
        **_party(data.applicant),
        "content": data.content,
        "body": data.body,
        "received_at": words.moment(data.received_at),
        "requested_at": words.moment(data.requested_at),
        "stopped_at": words.moment(data.stopped_at),
        "reason": data.reason,
        "returned": data.returned,
        "signer": data.agent.name if data.agent else data.applicant.name,
        "head": data.head,
    }
    return build("stop", data, forms, values)


def certification_document(data: CertificationData, forms: Forms | None = None) -> Document:
    """Phiếu chứng thực: papers, pages, copies and fees, with their sum."""
    total = sum(row.fee for row in data.rows)
    rows = numbered((row.name, str(row.pages), str(row.copies), words.grouped(row.fee)) for row in data.rows)
    values = {
        **_party(data.applicant),
        "content": data.content,
        "words": words.in_words(total),
        "due_at": words.moment(data.due_at),
        "signer": data.applicant.name,
        "officer": data.officer,
    }
    copies = str(sum(row.copies for row in data.rows))
    totals = (("", "Cộng", "", copies, words.grouped(total)),)
    return build("certification", data, forms, values, {"rows": rows, "totals": totals})


def fee_document(data: FeeSlipData, forms: Forms | None = None) -> Document:
    """Phiếu thu phí, lệ phí: what was paid, in figures and words."""
    total = sum(fee.amount or 0 for fee in data.fees)
    rows = numbered((fee.name, fee.note, words.grouped(fee.amount or 0)) for fee in data.fees)
    values = {
        **_party(data.applicant),
        "content": data.content,
        "words": words.in_words(total),
        "method": data.method,
        "reference": data.reference,
        "signer": data.applicant.name,
        "officer": data.officer,
    }
    totals = (("", "Cộng", "", words.grouped(total)),)
    return build("fee", data, forms, values, {"rows": rows, "totals": totals})


def refund_document(data: RefundSlipData, forms: Forms | None = None) -> Document:
    """Phiếu chi hoàn phí, lệ phí: what was given back, in figures and words, and why."""
    values = {
        **_party(data.applicant),
        "content": data.content,
        "of": data.of,
        "reason": data.reason,
        "amount": words.money(data.amount),
        "words": words.in_words(data.amount),
        "method": data.method,
        "reference": data.reference,
        "signer": data.applicant.name,
        "officer": data.officer,
    }
    return build("refund", data, forms, values)


def build(
    form: str,
    data: SlipData,
    forms: Forms | None,
    values: dict[str, str],
    tables: dict[str, Rows] | None = None,
) -> Document:
    """The document of form `form`, as the lĩnh vực of `data` uses it."""
    return Document(
        form=(forms or load_forms()).pick(form, data.field_code, data.field_name),
        values=values,
        tables=tables or {},
        **{
            name: getattr(data, name)
            for name in SlipData.model_fields
            if name not in ("field_code", "field_name")
        },
    )


def numbered(rows: Iterable[tuple[str, ...]]) -> Rows:
    """Rows with their number put first."""
    return tuple((str(number), *row) for number, row in enumerate(rows, 1))


def _party(party: Party) -> dict[str, str]:
    return {
        "applicant": party.name,
        "applicant_number": party.number,
        "address": party.address,
        "phone": party.phone,
        "email": party.email,
    }


def _agent(agent: Party | None, authorisation: str) -> str:
    """The line on authorisation: who came, all that is known of him, and on which paper."""
    if agent is None:
        return "Không"
    facts = (
        agent.name,
        agent.address and f"địa chỉ: {agent.address}",
        agent.number and f"số định danh cá nhân: {agent.number}",
        agent.phone and f"số điện thoại: {agent.phone}",
        agent.email and f"email: {agent.email}",
        f"giấy tờ ủy quyền: {authorisation or '……………'}",
    )
    return "người được ủy quyền " + "; ".join(fact for fact in facts if fact)


def _paper_detail(paper: PaperLine) -> str:
    if paper.database:
        return f"khai thác từ {paper.database}, không phải nộp"
    return f"{words.count(paper.count)} {paper.form}" if paper.count else paper.form


def _fee(fee: FeeLine) -> str:
    amount = words.money(fee.amount) or "theo quy định"
    return f"{fee.name}: {amount}" + (f" ({fee.note})" if fee.note else "")
