"""`tthc fee …` and `tthc shift …`: money of dossiers and of a counter's day."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tthc_tui.commands import values
from tthc_tui.commands.base import AsJson, Code, Session, find, hour_day, iso, show, table
from tthc_tui.commands.forms import write_sheet
from tthc_tui.core.dossier import Dossier
from tthc_tui.core.duration import say_money
from tthc_tui.core.events import PayMethod

if TYPE_CHECKING:
    from tthc_tui.desk import Desk
    from tthc_tui.desk.money import ShiftSheet

Amount = Annotated[int, typer.Option("--amount", metavar="ĐỒNG", help="Số tiền, đồng.")]
Method = Annotated[PayMethod, typer.Option("--method", help="Hình thức: cash, bank, card, portal.")]
Reference = Annotated[
    str, typer.Option("--reference", metavar="MÃ", help="Mã giao dịch khi không dùng tiền mặt.")
]


def fee_show(ctx: typer.Context, code: Code, as_json: AsJson = False) -> None:
    """Phải nộp, đã miễn, đã thu, còn phải thu."""
    session: Session = ctx.obj
    with session.desk() as desk:
        _answer(desk, desk.dossier(find(desk, code).id), as_json, "")


def fee_charge(
    ctx: typer.Context,
    code: Code,
    name: Annotated[str, typer.Option("--name", metavar="TÊN", help="Khoản thu.")],
    amount: Amount,
    ground: Annotated[str, typer.Option("--ground", metavar="CĂN_CỨ", help="Văn bản quy định mức thu.")] = "",
    as_json: AsJson = False,
) -> None:
    """Ghi một khoản thu."""
    session: Session = ctx.obj
    with session.desk(acting=True) as desk:
        done = desk.charge(find(desk, code).id, name, amount, ground=ground)
        _answer(desk, done, as_json, f"Đã ghi khoản thu {say_money(amount)}.")


def fee_pay(
    ctx: typer.Context,
    code: Code,
    amount: Annotated[
        int | None, typer.Option("--amount", metavar="ĐỒNG", help="Mặc định là tất cả số còn phải nộp.")
    ] = None,
    method: Method = PayMethod.CASH,
    reference: Reference = "",
    payer: Annotated[str, typer.Option("--payer", metavar="HỌ_TÊN", help="Người nộp tiền.")] = "",
    as_json: AsJson = False,
) -> None:
    """Thu tiền, có số biên lai. Chuyển khoản, cổng thanh toán ghi theo mã giao dịch."""
    session: Session = ctx.obj
    with session.desk(acting=True) as desk:
        done = desk.pay(find(desk, code).id, amount, method=method, reference=reference, payer=payer)
        paid = done.payments[-1]
        _answer(desk, done, as_json, f"Đã thu {say_money(paid.amount)}, biên lai {paid.number}.")


def fee_refund(
    ctx: typer.Context,
    code: Code,
    amount: Amount,
    reason: Annotated[str, typer.Option("--reason", metavar="LÝ_DO", help="Lý do.")],
    method: Method = PayMethod.CASH,
    of: Annotated[str, typer.Option("--of", metavar="SỐ", help="Số biên lai được hoàn.")] = "",
    reference: Reference = "",
    as_json: AsJson = False,
) -> None:
    """Hoàn tiền, có số phiếu chi."""
    session: Session = ctx.obj
    with session.desk(acting=True) as desk:
        done = desk.refund(find(desk, code).id, amount, reason, method=method, of=of, reference=reference)
        _answer(desk, done, as_json, f"Đã hoàn {say_money(amount)}, phiếu chi {done.payments[-1].number}.")


def fee_exempt(
    ctx: typer.Context,
    code: Code,
    rule: Annotated[str, typer.Option("--rule", metavar="MÃ", help="Diện miễn, giảm của đơn vị.")] = "",
    ground: Annotated[
        str, typer.Option("--ground", metavar="CĂN_CỨ", help="Căn cứ, khi không theo diện.")
    ] = "",
    amount: Annotated[
        int | None, typer.Option("--amount", metavar="ĐỒNG", help="Số tiền miễn, giảm.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Miễn, giảm phí, lệ phí theo diện hoặc căn cứ."""
    session: Session = ctx.obj
    with session.desk(acting=True) as desk:
        done = desk.exempt(find(desk, code).id, rule, ground=ground, amount=amount)
        waived = done.exemptions[-1]
        _answer(desk, done, as_json, f"Đã miễn, giảm {say_money(waived.amount)}: {waived.ground}.")


def _answer(desk: Desk, found: Dossier, as_json: bool, sentence: str) -> None:
    sums = desk.account(found)
    money = {
        "charged": sums.charged,
        "exempted": sums.exempted,
        "paid": sums.paid,
        "refunded": sums.refunded,
        "owed": sums.owed,
    }
    payments = [
        {
            "number": one.number,
            "at": iso(one.at),
            "amount": one.amount,
            "method": str(one.method),
            "item": one.item,
            "reference": one.reference,
        }
        for one in found.payments
    ]
    text = sentence or (
        f"Phải nộp {say_money(sums.charged)}, miễn, giảm {say_money(sums.exempted)}, "
        f"đã thu {say_money(sums.paid)}, đã hoàn {say_money(sums.refunded)}; còn {say_money(max(sums.owed, 0))}."
    )
    show(as_json, {**values.dossier(found), **money, "payments": payments}, text)


def shift_open(
    ctx: typer.Context,
    cash: Annotated[int, typer.Option("--cash", metavar="ĐỒNG", help="Tiền mặt đầu ca.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Mở ca."""
    session: Session = ctx.obj
    with session.desk(acting=True) as desk:
        shift = desk.open_shift(cash)
        data = _sheet(desk.shift_sheet(shift.id))
    show(as_json, data, f"Đã mở ca số {shift.number}, tiền đầu ca {say_money(cash)}.")


def shift_close(
    ctx: typer.Context,
    counted: Annotated[int, typer.Option("--counted", metavar="ĐỒNG", help="Tiền mặt kiểm đếm.")],
    note: Annotated[str, typer.Option("--note", metavar="CHỮ", help="Lý do nếu lệch sổ.")] = "",
    checker: Annotated[str, typer.Option("--checker", metavar="HỌ_TÊN", help="Người kiểm.")] = "",
    as_json: AsJson = False,
) -> None:
    """Kết ca. Lệch sổ thì phải ghi lý do."""
    session: Session = ctx.obj
    with session.desk(acting=True) as desk:
        sheet = desk.close_shift(counted, note, checker)
    words = "khớp sổ" if not sheet.difference else f"lệch {say_money(sheet.difference)}"
    show(as_json, _sheet(sheet), f"Đã kết ca số {sheet.shift.number}, {words}.")


def shift_sheet(
    ctx: typer.Context,
    shift: Annotated[
        str, typer.Argument(metavar="[CA]", help="Định danh của ca; mặc định là ca đang mở.")
    ] = "",
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="TỆP", help="Ghi bảng kê ra .pdf, .txt hoặc .bin."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Bảng kê của một ca."""
    session: Session = ctx.obj
    with session.desk() as desk:
        sheet = desk.shift_sheet(shift)
        if output is not None:
            document = desk.cash_document(sheet.shift.id)
            write_sheet(desk, document, output, "bang-ke-ca", sheet.shift.id)
    rows = [
        (
            hour_day(row.payment.at),
            row.payment.number,
            row.code,
            row.payment.method.label,
            say_money(row.payment.amount),
        )
        for row in sheet.rows
    ]
    text = "\n".join(
        [
            *([table(rows)] if rows else []),
            f"Ca số {sheet.shift.number}: thu {say_money(sheet.total)}, phải có {say_money(sheet.expected)} tiền mặt.",
        ]
    )
    show(as_json, {**_sheet(sheet), "path": str(output) if output else None}, text)


def _sheet(sheet: ShiftSheet) -> dict[str, Any]:
    shift = sheet.shift
    return {
        "id": shift.id,
        "number": shift.number,
        "officer": shift.officer,
        "counter": shift.counter,
        "opened_at": iso(shift.opened_at),
        "closed_at": iso(shift.closed_at),
        "opening": shift.opening,
        "total": sheet.total,
        "by_method": {str(method): amount for method, amount in sheet.by_method.items()},
        "expected": sheet.expected,
        "counted": shift.counted,
        "difference": sheet.difference,
        "payments": [
            {
                "number": row.payment.number,
                "at": iso(row.payment.at),
                "code": row.code,
                "payer": row.payer,
                "method": str(row.payment.method),
                "amount": row.payment.amount,
            }
            for row in sheet.rows
        ],
    }


COMMANDS = {
    ("fee", "show"): fee_show,
    ("fee", "charge"): fee_charge,
    ("fee", "pay"): fee_pay,
    ("fee", "refund"): fee_refund,
    ("fee", "exempt"): fee_exempt,
    ("shift", "open"): shift_open,
    ("shift", "close"): shift_close,
    ("shift", "sheet"): shift_sheet,
}
