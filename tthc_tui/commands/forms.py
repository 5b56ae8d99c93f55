"""`tthc form`, `tthc register`, `tthc certify`, `tthc results …`: official forms and slips as files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from tthc_tui.commands import values
from tthc_tui.commands.acting import Note, act, list_results
from tthc_tui.commands.base import AsJson, Code, Codes, Session, find, find_all, parse_time, show, unit_id
from tthc_tui.core.base import Refused
from tthc_tui.core.text import clean

if TYPE_CHECKING:
    from tthc_tui.core.events import CertifiedPaper
    from tthc_tui.desk import Desk
    from tthc_tui.printing.document import Document


def form(
    ctx: typer.Context,
    code: Code,
    name: Annotated[
        str,
        typer.Argument(
            metavar="MẪU",
            help="mau-01 … mau-06, ban-giao, ban-giao-kq, ban-giao-bc, chung-thuc, phieu-thu, phieu-chi.",
        ),
    ],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="TỆP", help="Tệp .pdf, .txt hoặc .bin.")],
    as_json: AsJson = False,
) -> None:
    """Ghi một mẫu của hồ sơ ra tệp. Mẫu 01–06, các phiếu bàn giao, phiếu chứng thực, phiếu thu, phiếu chi; in lại được ghi rõ."""
    session: Session = ctx.obj
    with session.desk(acting=True) as desk:
        found = desk.dossier(find(desk, code).id)
        document = desk.document(found.id, name)
        write_form(document, output)
        desk.log_print(found.id, name, document)
    again = document.reprint_no
    data = {"code": found.code, "form": name, "reprint": again, "path": str(output)}
    show(as_json, data, f"Đã ghi {document.form.title.lower()}{said_again(again)} vào {output}.")


def register(
    ctx: typer.Context,
    since: Annotated[str, typer.Option("--from", metavar="NGÀY", help="Từ ngày.")],
    until: Annotated[str, typer.Option("--to", metavar="NGÀY", help="Đến hết ngày.")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="TỆP", help="Tệp .pdf hoặc .txt.")],
    field: Annotated[str, typer.Option("--field", metavar="TÊN", help="Lĩnh vực; mặc định là tất cả.")] = "",
    as_json: AsJson = False,
) -> None:
    """Sổ theo dõi hồ sơ (Mẫu 07) của một thời gian."""
    from datetime import timedelta

    session: Session = ctx.obj
    with session.desk() as desk:
        start = parse_time(since)
        end = parse_time(until).replace(hour=0, minute=0) + timedelta(days=1, milliseconds=-1)
        document = desk.register_document(start, end, clean(field))
        again = write_sheet(desk, document, output, "mau-07", f"{start:%Y%m%d}-{end:%Y%m%d} {field}".strip())
    data = {"form": "mau-07", "reprint": again, "path": str(output)}
    show(as_json, data, f"Đã ghi sổ theo dõi hồ sơ{said_again(again)} vào {output}.")


def certify(
    ctx: typer.Context,
    code: Code,
    papers: Annotated[
        list[str],
        typer.Option(
            "--paper",
            metavar="TÊN;TRANG;BẢN;PHÍ",
            help="Giấy tờ, số trang, số bản, phí (đồng); nêu nhiều lần.",
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Ghi giấy tờ cần chứng thực. In phiếu: tthc form MÃ chung-thuc -o TỆP."""
    listed = [_certified(paper) for paper in papers]
    act(
        ctx,
        code,
        as_json,
        lambda desk, found: desk.certify(found, listed),
        f"Đã lập phiếu chứng thực {len(listed)} giấy tờ của hồ sơ {{code}}.",
    )


def _certified(text: str) -> CertifiedPaper:
    from tthc_tui.core.events import CertifiedPaper

    name, *numbers = (part.strip() for part in text.split(";"))
    counts = dict(zip(("pages", "copies", "fee"), numbers, strict=False))
    least = {"pages": 1, "copies": 1, "fee": 0}
    wrong = any(not n.isdecimal() or int(n) < least[key] for key, n in counts.items() if n)
    if not clean(name) or len(numbers) > 3 or wrong:
        raise Refused(
            f"“{clean(text)[:60]}” phải viết TÊN;SỐ_TRANG;SỐ_BẢN;PHÍ, ví dụ “Giấy khai sinh;2;3;12000”.",
            "papers",
        )
    return CertifiedPaper(name=clean(name), **{key: int(n) for key, n in counts.items() if n})


def results_waiting(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Kết quả đang ở đơn vị này, chờ bàn giao về nơi tiếp nhận."""
    session: Session = ctx.obj
    with session.desk() as desk:
        lines = desk.results_waiting()
        list_results(desk, lines, as_json, "Không có kết quả nào chờ bàn giao.")


def results_handover(
    ctx: typer.Context,
    codes: Codes,
    to: Annotated[
        str,
        typer.Option("--to", metavar="ĐƠN_VỊ", help="Đơn vị nhận; mặc định là nơi tiếp nhận hồ sơ đầu tiên."),
    ] = "",
    note: Note = "",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="TỆP", help="Ghi phiếu bàn giao ra tệp.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Bàn giao kết quả bằng một phiếu. Tất cả hoặc không gì; bên nhận xác nhận bằng tthc accept."""
    session: Session = ctx.obj
    with session.desk(acting=True) as desk:
        found = find_all(desk, codes)
        slip, done = desk.hand_results(found, unit_id(desk, to) if to else "", note=note)
        name = desk.site.unit_name(done[0].coming_to)
        if output is not None:
            document = desk.results_slip(done[0].id)
            write_form(document, output)
            desk.log_print(done[0].id, "ban-giao-kq", document)
    data = {
        "slip": slip,
        "to": done[0].coming_to,
        "dossiers": [values.dossier(one) for one in done],
        "path": str(output) if output else None,
    }
    show(as_json, data, f"Đã bàn giao {len(done)} kết quả cho {name}, phiếu {slip}.")


def write_sheet(desk: Desk, document: Document, output: Path, name: str, key: str) -> int:
    """A form of no single dossier as a file, logged; which print of it this was (0 = the first)."""
    marked = desk.sheet(document, name, key)
    write_form(marked, output)
    desk.log_sheet(marked, name, key)
    return marked.reprint_no


def said_again(reprint: int) -> str:
    """The words for a reprint, "" for a first print."""
    return f" (in lại lần {reprint})" if reprint else ""


def write_form(document: Any, output: Path) -> None:
    """A form as a file, its kind by the ending; Refused for an ending it has no kind for."""
    from tthc_tui.commands.dossier import SUFFIXES, write_whole
    from tthc_tui.printing.render import render

    kind = SUFFIXES.get(output.suffix.lower())
    if kind is None:
        raise Refused(f"Tệp “{clean(str(output))[:80]}” phải có đuôi .pdf, .txt hoặc .bin.", "format")
    write_whole(output, render(document, cast(Any, kind))[0])


COMMANDS = {
    ("", "form"): form,
    ("", "register"): register,
    ("", "certify"): certify,
    ("results", "waiting"): results_waiting,
    ("results", "handover"): results_handover,
}
