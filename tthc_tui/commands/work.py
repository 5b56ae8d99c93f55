"""What happens to a dossier after its receipt: forward, accept, supplement, resolve, return, undo."""

from __future__ import annotations

from typing import Annotated

import typer

from tthc_tui.commands import values
from tthc_tui.commands.acting import Note, act, say
from tthc_tui.commands.base import (
    AsJson,
    Code,
    Codes,
    Session,
    find,
    find_all,
    hour_day,
    parse_time,
    show,
    unit_id,
)
from tthc_tui.core.base import Refused
from tthc_tui.core.events import Delivery

Reason = Annotated[str, typer.Option("--reason", metavar="LÝ_DO", help="Lý do.")]


def forward(
    ctx: typer.Context,
    codes: Codes,
    to: Annotated[str, typer.Option("--to", metavar="ĐƠN_VỊ", help="Mã hoặc tên đơn vị nhận.")],
    officer: Annotated[str, typer.Option("--to-officer", metavar="MÃ", help="Cán bộ nhận.")] = "",
    note: Note = "",
    electronic: Annotated[bool, typer.Option("--electronic", help="Chỉ chuyển bản điện tử.")] = False,
    as_json: AsJson = False,
) -> None:
    """Chuyển hồ sơ đến đơn vị giải quyết. Cùng một phiếu bàn giao; chuyển hết hoặc không chuyển gì."""
    session: Session = ctx.obj
    with session.desk(acting=True) as desk:
        wanted = unit_id(desk, to)
        found = find_all(desk, codes)
        slip, done = desk.forward(found, wanted, to_officer=officer, note=note, paper=not electronic)
        name = desk.site.unit_name(wanted)
    data = {"slip": slip, "to": wanted, "dossiers": [values.dossier(one) for one in done]}
    show(as_json, data, f"Đã chuyển {len(done)} hồ sơ đến {name}, phiếu bàn giao số {slip}.")


def accept(ctx: typer.Context, codes: Codes, note: Note = "", as_json: AsJson = False) -> None:
    """Xác nhận đã nhận bàn giao. Người nhận phải thuộc đơn vị được chuyển đến."""
    session: Session = ctx.obj
    with session.desk(acting=True) as desk:
        done = desk.accept_handover(find_all(desk, codes), note)
    show(as_json, {"dossiers": [values.dossier(one) for one in done]}, f"Đã nhận bàn giao {len(done)} hồ sơ.")


def resolve(
    ctx: typer.Context,
    code: Code,
    denied: Annotated[bool, typer.Option("--denied", help="Kết quả là văn bản từ chối giải quyết.")] = False,
    number: Annotated[str, typer.Option("--number", metavar="SỐ", help="Số của kết quả.")] = "",
    note: Note = "",
    as_json: AsJson = False,
) -> None:
    """Ghi nhận đã có kết quả giải quyết."""
    act(
        ctx,
        code,
        as_json,
        lambda desk, found: desk.resolve(found, "denied" if denied else "granted", number, note),
        "Đã ghi kết quả của hồ sơ {code}.",
    )


def give_back(
    ctx: typer.Context,
    code: Code,
    collector: Annotated[str, typer.Option("--collector", metavar="HỌ_TÊN", help="Người nhận thay.")] = "",
    number: Annotated[
        str, typer.Option("--number", metavar="SỐ", help="Số định danh của người nhận thay.")
    ] = "",
    authorisation: Annotated[
        str, typer.Option("--authorisation", metavar="VĂN_BẢN", help="Giấy ủy quyền.")
    ] = "",
    method: Annotated[
        Delivery, typer.Option("--method", help="Tại quầy, bưu chính hay trực tuyến.")
    ] = Delivery.COUNTER,
    lost: Annotated[bool, typer.Option("--lost", help="Người nhận đã mất giấy hẹn.")] = False,
    rating: Annotated[
        int | None, typer.Option("--rating", min=1, max=5, help="Mức hài lòng 1 đến 5.")
    ] = None,
    note: Note = "",
    as_json: AsJson = False,
) -> None:
    """Trả kết quả cho người nộp hoặc người được ủy quyền."""
    from tthc_tui.desk.intake_form import PersonInput

    session: Session = ctx.obj
    person = PersonInput(name=collector, number=number) if collector else None
    with session.desk(acting=True) as desk:
        done = desk.return_result(
            find(desk, code).id,
            collector=person,
            authorisation=authorisation,
            method=method,
            receipt_lost=lost,
            rating=rating,
            note=note,
        )
    say(as_json, done, "Đã trả kết quả hồ sơ {code}.")


def ask(
    ctx: typer.Context,
    code: Code,
    items: Annotated[
        list[str], typer.Option("--item", metavar="NỘI_DUNG", help="Nội dung cần bổ sung; nêu nhiều lần.")
    ],
    reason: Reason = "",
    again: Annotated[str, typer.Option("--again", metavar="LÝ_DO", help="Lý do yêu cầu lần nữa.")] = "",
    until: Annotated[str, typer.Option("--until", metavar="LÚC", help="Hạn bổ sung.")] = "",
    demanded: Annotated[
        str,
        typer.Option("--demanded", metavar="LÝ_DO", help="Vì sao vẫn đòi giấy tờ đã có trong cơ sở dữ liệu."),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Yêu cầu bổ sung. Một lần, nêu hết các nội dung; đồng hồ dừng."""
    session: Session = ctx.obj
    with session.desk(acting=True) as desk:
        done = desk.request_supplement(
            find(desk, code).id,
            items,
            reason,
            again_reason=again,
            until=parse_time(until) if until else None,
            demanded=demanded,
        )
    say(as_json, done, "Đã yêu cầu bổ sung hồ sơ {code}.")


def take(ctx: typer.Context, code: Code, note: Note = "", as_json: AsJson = False) -> None:
    """Nhận đủ phần bổ sung. Hạn trả tính lại theo quy định của thủ tục."""
    act(
        ctx,
        code,
        as_json,
        lambda desk, found: desk.supplement(found, desk.completing(desk.dossier(found)), note=note),
        lambda done: f"Đã nhận bổ sung hồ sơ {{code}}, hẹn trả {hour_day(done.due_at)}.",
    )


def withdraw(ctx: typer.Context, code: Code, reason: Reason = "", as_json: AsJson = False) -> None:
    """Người nộp rút hồ sơ."""
    if not reason.strip():
        raise Refused("Rút hồ sơ phải có lý do: hãy thêm --reason.", "reason")
    act(
        ctx, code, as_json, lambda desk, found: desk.withdraw(found, reason), "Người nộp đã rút hồ sơ {code}."
    )


def undo(ctx: typer.Context, code: Code, as_json: AsJson = False) -> None:
    """Hoàn tác thao tác cuối của hồ sơ. Chỉ trong thời gian cho phép."""
    act(
        ctx,
        code,
        as_json,
        lambda desk, found: desk.undo(found),
        "Đã hoàn tác thao tác cuối của hồ sơ {code}.",
    )


def note(
    ctx: typer.Context,
    code: Code,
    text: Annotated[str, typer.Argument(metavar="NỘI_DUNG", help="Nội dung ghi chú.")],
    as_json: AsJson = False,
) -> None:
    """Ghi chú vào hồ sơ."""
    act(ctx, code, as_json, lambda desk, found: desk.note(found, text), "Đã ghi chú vào hồ sơ {code}.")


def tell(
    ctx: typer.Context,
    code: Code,
    about: Annotated[str, typer.Argument(metavar="NỘI_DUNG", help="Đã báo người nộp điều gì.")],
    subject: Annotated[
        str, typer.Option("--subject", metavar="VIỆC", help="supplement, pause, due, result hoặc other.")
    ] = "other",
    by: Annotated[
        str, typer.Option("--by", metavar="CÁCH", help="phone, sms, email, zalo, post hoặc counter.")
    ] = "phone",
    note: Note = "",
    as_json: AsJson = False,
) -> None:
    """Ghi đã báo người nộp. Chỉ báo về yêu cầu bổ sung (supplement) mới xong việc phải báo bổ sung."""
    act(
        ctx,
        code,
        as_json,
        lambda desk, found: desk.tell(found, about, by, note, subject=subject),
        "Đã ghi việc báo người nộp của hồ sơ {code}.",
    )


def remind(ctx: typer.Context, code: Code, as_json: AsJson = False) -> None:
    """Đôn đốc nơi đang giữ hồ sơ."""
    act(ctx, code, as_json, lambda desk, found: desk.remind(found), "Đã ghi đôn đốc vào hồ sơ {code}.")


COMMANDS = {
    ("", "forward"): forward,
    ("", "accept"): accept,
    ("", "resolve"): resolve,
    ("", "return"): give_back,
    ("supplement", "ask"): ask,
    ("supplement", "take"): take,
    ("", "withdraw"): withdraw,
    ("", "undo"): undo,
    ("", "note"): note,
    ("", "tell"): tell,
    ("", "remind"): remind,
}
