"""Chains, post, certification slips and other forms of the dossier on screen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from tthc_tui.core import events as ev
from tthc_tui.core.form_names import form_title
from tthc_tui.screens.asking import PickProcedure, sum_of
from tthc_tui.screens.detail_steps import DossierSteps
from tthc_tui.widgets.dialogs import Pick
from tthc_tui.widgets.forms import Answers, Part

if TYPE_CHECKING:
    from tthc_tui.core.dossier import Dossier
    from tthc_tui.desk import Desk

_TRACKED = (("delivered", "đã phát"), ("returned", "chuyển hoàn"), ("lost", "thất lạc"))


class PaperSteps(DossierSteps):
    """What is linked to a dossier, what goes by post, what is certified, which forms it has."""

    # -- chains -------------------------------------------------------------------------------------

    def action_child(self) -> None:
        """A dossier of another procedure for the same applicant, linked to this one (liên thông)."""
        dialog = PickProcedure("Thủ tục liên thông của cùng người nộp", self)
        self.app.push_screen(dialog, lambda code: self._child(code) if code else None)

    def _child(self, code: str) -> None:
        def received(child: Dossier) -> None:
            self._ok(f"Đã mở hồ sơ liên thông {child.code}, gắn với hồ sơ này.")

        self._act(
            lambda desk: desk.receive_child(self._dossier_id, code, papers=whole_list(desk, code)), received
        )

    # -- post ---------------------------------------------------------------------------------------

    def action_post_send(self) -> None:
        """The sending number of the result."""
        desk = self.desk
        if desk is None:
            return
        parts = [
            Part(
                "number",
                "Số hiệu bưu gửi",
                required=True,
                vietnamese=False,
                placeholder="quét mã trên phong bì",
            ),
            Part("carrier", "Bưu chính", desk.site.settings.post_carrier),
        ]
        self._form(
            "Gửi kết quả qua bưu chính",
            parts,
            lambda desk, given: desk.send_post(
                [(self._dossier_id, given["number"])], carrier=given["carrier"]
            ),
            lambda result: self._ok(f"Đã giao bưu chính, phiếu {result[0]}."),
        )

    def action_post_track(self) -> None:
        """What the post reports of the last sending."""
        parts = [Part("state", "Tình trạng", options=_TRACKED), Part("note", "Ghi chú")]
        self._form(
            "Báo phát bưu chính",
            parts,
            lambda desk, given: desk.track_post(
                self._dossier_id, cast(Any, given["state"]), note=given["note"]
            ),
            lambda dossier: self._ok(f"Bưu gửi {dossier.sendings[-1].number}: {dossier.sendings[-1].label}."),
        )

    # -- papers -------------------------------------------------------------------------------------

    def action_certify(self) -> None:
        """Phiếu chứng thực: each paper with its pages, copies and fee; printed after the last."""
        self._certify_more(())

    def _certify_more(self, before: tuple[ev.CertifiedPaper, ...]) -> None:
        parts = [
            Part("name", "Loại giấy tờ", required=True),
            Part("pages", "Số trang", "1", numeric=True, required=True, max_length=4),
            Part("copies", "Số bản", "1", numeric=True, required=True, max_length=3),
            Part("fee", "Phí (đồng)", "0", numeric=True, max_length=12),
            Part("more", "Còn giấy tờ", options=(("", "không, lập phiếu"), ("yes", "còn, ghi tiếp"))),
        ]
        listed = "\n".join(f"{n}. {one.name}: {one.copies} bản" for n, one in enumerate(before, 1))

        def job(desk: Desk, given: Answers) -> tuple[ev.CertifiedPaper, ...] | None:
            papers = (*before, certified_paper(given))
            if given["more"]:
                return papers
            desk.certify(self._dossier_id, papers)
            return None

        def done(papers: tuple[ev.CertifiedPaper, ...] | None) -> None:
            if papers is None:
                self._print_then("chung-thuc", "Đã lập phiếu chứng thực.")
            else:
                self._certify_more(papers)

        self._form("Phiếu chứng thực", parts, job, done, check=_wrong_counts, body=listed)

    def action_print_other(self) -> None:
        """Every form this dossier can have."""
        desk, dossier = self.desk, self.dossier
        if desk is None or dossier is None:
            return
        forms = [form for form in desk.forms_of(dossier) if self._printable(form)]
        if not forms:
            self.say("Hồ sơ này chưa có giấy nào để in.", error=True)
            return
        options = [(form, form_title(form)) for form in dict.fromkeys(forms)]
        self.app.push_screen(
            Pick("In giấy tờ nào?", options), lambda form: self._print(form) if form else None
        )

    def _printable(self, form: str) -> bool:
        """The receipt is there only once the dossier was received."""
        return form != "mau-01" or bool(self.dossier and self.dossier.received_at)


def whole_list(desk: Desk, code: str) -> tuple[ev.PaperReceived, ...]:
    """The papers of a procedure that lie in the dossier it is linked to: everything needed, once."""
    found = []
    for line in desk.procedure(code).case().requirements:
        if line.kind.value == "note":
            continue
        if line.database:
            found.append(ev.PaperReceived(requirement=line.id, name=line.label, form=ev.PaperForm.LOOKED_UP))
        elif line.needed:
            found.append(ev.PaperReceived(requirement=line.id, name=line.label))
    return tuple(found)


def certified_paper(given: Mapping[str, str]) -> ev.CertifiedPaper:
    """One line of a certification slip as it was typed."""
    return ev.CertifiedPaper(
        name=given["name"],
        pages=sum_of(given["pages"]),
        copies=sum_of(given["copies"]),
        fee=sum_of(given["fee"]),
    )


def _wrong_counts(given: Mapping[str, str]) -> str:
    if not given["pages"].strip("0 ") or not given["copies"].strip("0 "):
        return "Số trang và số bản phải từ 1 trở lên."
    return ""
