"""The link to a backend: set up, sign in, state, conflict tray."""

from __future__ import annotations

import platform
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit
from uuid import UUID

from tthc_tui.core import events as ev
from tthc_tui.core.base import Refused, vietnam_time
from tthc_tui.core.dossier import Dossier
from tthc_tui.core.link import ConflictItem, LeaseLeft, Link, SendState, SyncStatus
from tthc_tui.desk.event_words import describe
from tthc_tui.desk.monitoring import MonitorDesk
from tthc_tui.store import dossiers, settings, sync_codes, sync_tray
from tthc_tui.store import sync_state as state

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tthc_tui.core.chain import SignedCheckpoint
    from tthc_tui.store.sync_engine import Round
    from tthc_tui.store.sync_join import Left
    from tthc_tui.store.sync_verify import FeedProof
    from tthc_tui.store.sync_worker import SyncWorker

Resolution = Literal["discard", "redo", "note"]

_ACTION_OF: dict[type[ev.Event], type[ev.Action]] = {event: action for action, event in ev.EVENT_OF.items()}
_LOCAL = ("localhost", "127.0.0.1", "::1")
_NAMED = 6  # units or officers named in one sentence
_WHY = {
    "field": "Cán bộ khác cũng vừa sửa: {reason}. Cả hai đều được giữ, bản của máy này đang hiện.",
    "code_taken": "Mã đã in trùng hồ sơ khác, hồ sơ có mã mới: {reason}. Mã cũ vẫn tìm được hồ sơ.",
}


class SyncDesk(MonitorDesk):
    """What an officer and IT do with the link. Without a backend every question has its honest answer."""

    worker: SyncWorker | None = None
    _catalogs = 0  # bundles the worker had taken over when the catalogue was last read

    # -- set up -------------------------------------------------------------------------------------

    def remote_add(self, url: str, *, ca: str = "", allow_http: bool = False) -> None:
        """Name the backend. Refused when the address can't be, is not encrypted, or another one is in use."""
        parts = urlsplit(url.strip())
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Refused("Địa chỉ máy chủ phải có dạng https://tên-máy-chủ[:cổng].", "url")
        if parts.scheme == "http" and parts.hostname not in _LOCAL and not allow_http:
            raise Refused(
                "Địa chỉ http:// không mã hóa dữ liệu cá nhân: hãy dùng https://, hoặc thêm --allow-http khi "
                "mạng đã được bảo vệ.",
                "url",
            )
        if ca and not Path(ca).is_file():
            raise Refused("Không tìm thấy tệp chứng thư đã nêu: hãy kiểm tra đường dẫn.", "ca")
        address = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"

        def job(connection: Connection) -> None:
            known = state.enrolment(connection)
            if known.device and known.url != address and _host(known.url) != _host(address):
                raise Refused(
                    f"Máy này đang đồng bộ với {known.url}: không đổi sang máy chủ khác được trên cùng dữ liệu.",
                    "remote",
                )
            settings.put_setting(connection, state.URL, address)
            settings.put_setting(connection, state.CA, str(Path(ca).resolve()) if ca else "")

        self.store.write(job)

    def enrol(self, code: str, name: str = "", *, partial: bool = False) -> str:
        """Exchange a one-time code for this device's identity; the device's id.

        Everything the file holds then waits in the outbox. Refused, with the code still good, when the backend
        would not take all of it under this code; `partial` leaves those dossiers on this machine alone.
        RemoteError when it can't be done.
        """
        worker = self._worker()
        left = worker.engine.left_out(code)
        if left is not None and not partial:
            raise Refused(self._left_words(left), "partial")
        device = worker.engine.enrol(
            code, name or f"{self.site.name} · {platform.node() or self.station}"[:200], left
        )
        self.clock_offset = worker.offset
        return str(device.device)

    def _left_words(self, left: Left) -> str:
        """One sentence: whose dossiers a code does not cover, how many, what to do."""
        plan = left.plan
        why = []
        if left.outside:
            why.append(f"thao tác của {_listed([self._unit_name(unit) for unit in left.outside])}")
        if left.unknown_units:
            units = _listed([self._unit_name(unit) for unit in left.unknown_units])
            why.append(f"đơn vị chưa có trên máy chủ ({units})")
        if left.unknown_officers:
            officers = _listed([self.site.officer_name(one) for one in left.unknown_officers])
            why.append(f"cán bộ chưa có trong đơn vị ấy trên máy chủ ({officers})")
        ways = []
        if left.unknown_units or left.unknown_officers:
            ways.append("nhờ quản trị nạp tệp khai báo của trung tâm")
        if left.outside:
            above = f"“{plan.parent_name}” (mã {plan.parent})" if plan.parent else "đơn vị cấp trên chung"
            ways.append(f"xin mã đăng ký của {above}")
        return (
            f"Mã này của “{plan.unit_name}” không nhận được {len(left.dossiers)} hồ sơ ({left.events} thao tác) của máy "
            f"này vì có {', '.join(why)}: hãy {' và '.join(ways)}; hoặc chạy lại với --partial để giữ riêng các hồ sơ "
            f"ấy trên máy này."
        )

    def _unit_name(self, unit: str) -> str:
        return self.site.unit_name(unit)

    def sign_in_remote(self, user: str, password: str) -> None:
        """Sign an officer in at the backend; RemoteError (one sentence) when it does not work."""
        worker = self._worker()
        worker.sign_in(user.strip(), password)
        self.clock_offset = worker.offset

    def start_sync(
        self, changed: Callable[[], None] | None = None, connect: Callable[..., Any] | None = None
    ) -> bool:
        """Keep in step from now on, beside the screens; False where no backend is set up.

        `changed` is called from a thread whenever `sync_status()` may read differently.
        """
        if self.sync_status().link in (Link.ALONE, Link.ENROL):
            return False
        worker = self._worker(changed, connect)
        worker.start()
        return True

    def stop_sync(self) -> None:
        """Let the worker go; call before the store closes."""
        worker, self.worker = self.worker, None
        if worker is not None:
            worker.stop()

    def sync_once(
        self, *, accept_empty: bool = False, progress: Callable[[int, int], None] | None = None
    ) -> Round:
        """One whole round now. RemoteError or StoreError say what is wrong; what was done is kept."""
        worker = self._worker()
        done = worker.once(accept_empty=accept_empty, progress=progress)
        self.clock_offset = worker.offset
        self._follow_catalog(worker)
        return done

    def _worker(
        self, changed: Callable[[], None] | None = None, connect: Callable[..., Any] | None = None
    ) -> SyncWorker:
        from tthc_tui.store.remote import Remote
        from tthc_tui.store.sync_worker import SyncWorker

        with self.store.read() as connection:
            url = state.enrolment(connection).url
        if not url:
            raise Refused("Chưa khai báo máy chủ: hãy chạy “tthc remote add ĐỊA_CHỈ”.", "remote")
        if self.worker is None or self.worker.remote.url != url:
            self.worker = SyncWorker(
                self.store, self._clock, connect=connect or Remote, changed=self._followed(changed)
            )
        return self.worker

    def _followed(self, changed: Callable[[], None] | None) -> Callable[[], None]:
        def follow() -> None:
            if self.worker is not None:
                self.clock_offset = self.worker.offset
                self._follow_catalog(self.worker)
            if changed is not None:
                changed()

        return follow

    def _follow_catalog(self, worker: SyncWorker) -> None:
        """A bundle of the backend was taken over: search, calendar and names follow."""
        if worker.engine.catalogs == self._catalogs:
            return
        self._catalogs = worker.engine.catalogs
        with self.store.read() as connection:
            site = settings.get_site(connection)
        if site is not None:
            self.take_site(site)
        self.load_catalog()

    def reserve_code(self, agency: str, day: date) -> None:
        """Ask the backend for the number of a dossier that is being received; at most 300 ms."""
        if self.worker is not None:
            self.worker.reserve(agency, day)

    def verify_feed(self, good: Callable[[SignedCheckpoint], bool]) -> FeedProof:
        """Fetch the feed as far as this file has read it and check it; `good` tells whether a signature is right.

        RemoteError when the backend can't be asked, or when its log is another one now (sync first).
        """
        from tthc_tui.core.wire import decode_cursor
        from tthc_tui.store.sync_verify import verify_feed

        remote = self._worker().remote
        signed: list[SignedCheckpoint] = []
        while page := remote.checkpoints(len(signed)):
            signed += page
        with self.store.read() as connection:
            cursor = settings.get_setting(connection, state.CURSOR)
            read = decode_cursor(cursor).at if cursor else None
            return verify_feed(connection, remote.snapshot(cursor), signed, good, read)

    # -- state --------------------------------------------------------------------------------------

    def sync_status(self) -> SyncStatus:
        """The link at this moment: cheap enough for every second."""
        if self.worker is not None:
            return self.worker.status()
        with self.store.read() as connection:
            return state.read_status(connection, self.now.date().isoformat())

    def sync_words(self) -> str:
        """The right end of the title line."""
        return self.sync_status().words(self.now)

    def leases_left(self) -> list[LeaseLeft]:
        """Unused code numbers by agency and day, from today on."""
        with self.store.read() as connection:
            return sync_codes.leases_left(connection, self.now.date())

    def send_states(self, ids: Sequence[str]) -> dict[str, SendState]:
        """đã gửi, đang gửi, chờ gửi or cần xử lý for each of these dossiers; NONE without a backend."""
        with self.store.read() as connection:
            if not state.device(connection):
                return dict.fromkeys(ids, SendState.NONE)
            return sync_tray.send_states(connection, list(ids))

    # -- conflict tray ------------------------------------------------------------------------------

    def conflicts(self) -> list[ConflictItem]:
        """What the backend did not take as it was, oldest first, until somebody decides."""
        with self.store.read() as connection:
            return [self._item(connection, row) for row in sync_tray.open_conflicts(connection)]

    def resolve_conflict(self, number: int, how: Resolution) -> Dossier | None:
        """Decide about one entry: discard the action, redo it on the present state, or keep it as a note.

        The dossier afterwards, None where it is not on this machine. Refused when the action is not
        allowed on the present state either; the entry then stays.
        """

        def job(connection: Connection) -> Dossier | None:
            found = sync_tray.conflict(connection, number)
            if found is None:
                raise Refused("Mục này đã được xử lý: hãy xem lại danh sách.", "gone")
            kind, reason, event = found
            event = dossiers.unsealed(connection, event)
            if kind != "refused" and how == "redo":
                raise Refused("Thao tác này đã được máy chủ nhận, không cần làm lại.", "redo")
            sync_tray.resolve(connection, number, how, self.officer.id, self.now)
            action = self._answer(how, event, reason)
            if action is not None:
                return self.act_in(connection, [(event.dossier, [action])])[0]
            return dossiers.load(connection, event.dossier)

        return self.store.write(job)

    def _answer(self, how: Resolution, event: ev.AnyEvent, reason: str) -> ev.Action | None:
        if how == "redo":
            kind = _ACTION_OF[type(event)]
            return kind(**{name: getattr(event, name) for name in kind.model_fields})
        if how == "note":
            site, at = self.site_on(event.at), vietnam_time(event.at)
            who = site.officer_name(event.officer)
            words = f"Không được ghi nhận: {describe(event, site)} ({who}, {at:%H:%M %d/%m/%Y}). {reason}"
            return ev.AddNote(text=words)
        return None

    def _item(self, connection: Connection, row: Any) -> ConflictItem:
        event = dossiers.read_event(connection, row.body)
        dossier = dossiers.load(connection, event.dossier)
        applicant = dossier.applicant.id if dossier else getattr(event, "applicant", None)
        identity = applicant if isinstance(applicant, UUID) else getattr(applicant, "id", None)
        person = dossiers.get_person(connection, identity) if identity else None
        site = self.site_on(event.at)
        winner, _ = sync_tray.winner_words(row.winner)
        return ConflictItem(
            id=row.id,
            event=row.event,
            dossier=row.dossier,
            code=(dossier.code if dossier else getattr(event, "code", "")) or "",
            applicant=person.name if person else "",
            kind=row.kind,
            what=describe(event, site),
            officer=site.officer_name(event.officer),
            at=vietnam_time(event.at),
            told_at=vietnam_time(datetime.fromtimestamp(row.at / 1000, UTC)),
            reason=_WHY.get(row.kind, "{reason}").format(reason=row.reason),
            winner=self._winner(winner),
            can_redo=row.kind == "refused",
        )

    def _winner(self, officer: str) -> str:
        return self.site.officer_name(officer)


def _listed(names: list[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" và {more} nơi hoặc người khác" if more > 0 else "")


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""
