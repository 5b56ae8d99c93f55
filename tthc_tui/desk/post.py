"""Results by public post (bưu chính công ích): sending numbers, the list for the post, what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from tthc_tui.core import events as ev
from tthc_tui.core.base import Refused
from tthc_tui.core.clocks import ClockKind
from tthc_tui.core.dossier import Dossier
from tthc_tui.core.states import State
from tthc_tui.core.text import clean
from tthc_tui.core.views import DossierLine
from tthc_tui.desk.process import ProcessDesk
from tthc_tui.store import dossiers, numbers

if TYPE_CHECKING:
    from sqlalchemy import Connection

POST_BOOK = "buu-chinh"


class PostDesk(ProcessDesk):
    """Give results to the post with one numbered list, and follow them."""

    def post_waiting(self) -> list[DossierLine]:
        """Results the applicant wants by post that were not sent yet, the oldest first."""
        return [alert.line for alert in self.alerts([ClockKind.POST_SEND])]

    def post_underway(self) -> list[DossierLine]:
        """Sendings whose delivery is not known yet, the oldest first."""
        return [alert.line for alert in self.alerts([ClockKind.POST_TRACK])]

    def send_post(
        self, sendings: Sequence[tuple[UUID | str, str]], *, carrier: str = ""
    ) -> tuple[str, list[Dossier]]:
        """Give results to the post: pairs of dossier and sending number; the list's number and the dossiers.

        All or none. Refused, naming the dossier, where there is no result yet or the number is missing or
        given twice.
        """
        if not sendings:
            raise Refused("Chưa chọn kết quả nào để gửi.", "empty")
        moment = self.now
        sent = [clean(number).upper() for _, number in sendings]
        if not all(sent) or len(set(sent)) != len(sent):
            raise Refused("Mỗi bưu gửi phải có số hiệu riêng: hãy kiểm tra lại các số.", "number")

        def job(connection: Connection) -> tuple[str, list[Dossier]]:
            slip = f"BC-{numbers.next_number(connection, POST_BOOK, moment.year):04d}/{moment.year}"
            done = []
            for (dossier, _), number in zip(sendings, sent, strict=True):
                found = self.dossier(dossier)
                if found.state is not State.DONE:
                    raise Refused(f"{found.code}: chưa có kết quả hoặc đã trả, không gửi được.", "state")
                if found.sendings and found.sendings[-1].state == "sent":
                    raise Refused(f"{found.code}: đã gửi bưu chính, chưa có báo phát.", "exists")
                person = dossiers.get_person(connection, found.applicant.id)
                action = ev.SendPost(
                    number=number,
                    carrier=clean(carrier) or self.site.settings.post_carrier,
                    address=found.delivery_address or (person.address if person else ""),
                    slip=slip,
                )
                done += self.act_in(connection, [(found.id, [action])], at=moment)
            return slip, done

        return self.store.write(job)

    def track_post(
        self,
        dossier: UUID | str,
        state: Literal["delivered", "returned", "lost"],
        *,
        number: str = "",
        note: str = "",
    ) -> Dossier:
        """What the post reports; a delivered result is returned to the applicant with it."""
        found = self.dossier(dossier)
        wanted = clean(number).upper()
        sending = next((one for one in reversed(found.sendings) if wanted in ("", one.number)), None)
        if sending is None:
            raise Refused("Hồ sơ này chưa gửi bưu chính bằng số đó.", "unknown")
        actions: list[ev.Action] = [ev.TrackPost(number=sending.number, state=state, note=clean(note))]
        if state == "delivered" and found.state is State.DONE:
            actions.append(ev.Return(method=ev.Delivery.POST, note=f"bưu gửi {sending.number}"))
        return self.act_all([(found.id, actions)])[0]
