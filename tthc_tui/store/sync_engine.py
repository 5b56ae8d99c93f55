"""One round of the sync: outbox up, feed down, numbers refilled. Called by the worker and by `tthc sync`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import Connection

from tthc_tui.core import wire
from tthc_tui.core.base import vietnam_time
from tthc_tui.core.wire import MAX_BATCH, decode_cursor, feed_tag
from tthc_tui.store import sync_codes, sync_feed, sync_join, sync_outbox
from tthc_tui.store import sync_state as state
from tthc_tui.store.remote import NUMBER_SECONDS, Remote
from tthc_tui.store.settings import get_setting, put_setting
from tthc_tui.store.sqlite import SqliteStore
from tthc_tui.store.sync_download import download
from tthc_tui.store.sync_errors import BadAnswer, CursorGone, NotAllowed, OtherBytes, SeqReused, SignInNeeded
from tthc_tui.store.sync_secrets import Secrets
from tthc_tui.store.sync_snapshot import begin_snapshot, finish_snapshot
from tthc_tui.store.sync_state import Snapshot
from tthc_tui.store.sync_supply import CodeSupply

PAGE = 500
MOST_ROUNDS = 50
NOTED_EVERY = timedelta(seconds=30)
CATALOG_EVERY = timedelta(hours=1)

_NOT_ENROLLED = "Máy chưa được đăng ký với máy chủ: hãy chạy “tthc enrol MÃ” trước."

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Round:
    """What one round did."""

    pushed: int = 0
    refused: int = 0
    received: int = 0
    dossiers: int = 0  # of a snapshot
    forked: bool = False


class SyncEngine:
    """The station's side of the protocol. Not thread-safe: one caller at a time; several processes may sync.

    `clock` is the machine's own aware time; corrected time is `clock() + offset`. Every method raises a
    RemoteError (sync_errors) on trouble with the backend and StoreError on trouble with the file; what was
    done until then is kept.
    """

    def __init__(
        self, store: SqliteStore, remote: Remote, secrets: Secrets, clock: Callable[[], datetime]
    ) -> None:
        self.store = store
        self.remote = remote
        self.secrets = secrets
        self._clock = clock
        self._greeted = False
        self._session: wire.Session | None = None
        self.data_at: datetime | None = None  # when the feed was last read to its head
        self.catalogs = 0  # how many bundles were taken over
        self.catalog_trouble = ""  # why the newest bundle was not, one sentence
        self._catalog_at: datetime | None = None
        self._catalog_told = ""  # the newest version the backend told of
        self._kept_offset: int | None = None  # milliseconds, as they stand in the file
        self._supply = CodeSupply(store, remote)
        with store.read() as connection:
            self.device = state.device(connection)
        self.remote.token = secrets.get(self.device)[1] if self.device else ""

    @property
    def now(self) -> datetime:
        """The corrected present moment."""
        with self.store.read() as connection:
            return vietnam_time(self._clock() + state.offset(connection))

    # -- becoming known -----------------------------------------------------------------------------

    def left_out(self, code: str) -> sync_join.Left | None:
        """What of the file's own history the backend would not take under this code; None where it takes all."""
        with self.store.read() as connection:
            acted = sync_join.history(connection)
        if not acted:
            return None
        plan = self.remote.check(wire.JoinAsk(code=code.strip(), acted=acted))
        if len(plan.reasons) != len(acted):
            raise BadAnswer("Máy chủ trả lời không khớp với câu hỏi: hãy báo quản trị.")
        with self.store.read() as connection:
            return sync_join.left_out(connection, acted, plan)

    def enrol(self, code: str, name: str, left: sync_join.Left | None = None) -> wire.Device:
        """Exchange the one-time code for a device identity; what no backend has yet goes into the outbox.

        Dossiers of `left` stay on this machine. An enrolled station may be enrolled anew: when the backend no
        longer knows it, or with a code that covers what was left before.
        """
        given = self.remote.enrol(code.strip(), name)
        device, known = str(given.device), bool(self.device)
        self.secrets.put(device, secret=given.secret)

        def job(connection: Connection) -> None:
            put_setting(connection, state.DEVICE, device)
            put_setting(connection, state.UNIT, given.unit)
            if known:
                sync_codes.drop_leases(connection)
            sync_outbox.adopt(connection, left.dossiers if left else ())

        self.store.write(job)
        self.device, self.remote.token = device, ""
        self._greeted = False
        return given

    def sign_in(self, user: str, password: str) -> wire.Session:
        """Open a session for an officer; the token is kept, the password is not."""
        if not self.device:
            raise SignInNeeded(_NOT_ENROLLED)
        ask = wire.SignIn(
            user=user,
            password=password,
            device=UUID(self.device),
            secret=self.secrets.get(self.device)[0] or "-",
        )
        session = self.remote.sign_in(ask)
        self.secrets.put(self.device, token=session.token)
        self.store.write(lambda connection: put_setting(connection, state.USER, user))
        self._meet(session)
        return session

    def forget_greeting(self) -> None:
        """The connection was lost: ask again who we are before the next push, and for the catalogue."""
        self._greeted = False
        self._catalog_at = None

    # -- one round ----------------------------------------------------------------------------------

    def round(self, *, accept_empty: bool = False, progress: Progress | None = None) -> Round:
        """Push what waits, read the feed to its head, look after code numbers."""
        done = Round()
        self._greet(done)
        self._push_all(done)
        self._pull_all(done, accept_empty, progress)
        self._push_all(done)  # a snapshot may have put own events into the outbox again
        for _ in range(MOST_ROUNDS):  # each gives at most a hundred provisional receipts their codes
            if not self._supply.look_after(self.now, self.device):
                break
            self._push_all(done)
        self._catalog()
        return done

    def push(self) -> Round:
        """Only the outbox."""
        done = Round()
        self._greet(done)
        self._push_all(done)
        return done

    def _greet(self, done: Round) -> None:
        if self._greeted:
            return
        with self.store.read() as connection:
            self.device = state.device(connection)
        self.remote.token = self.secrets.get(self.device)[1] if self.device else ""
        if not self.device:
            raise SignInNeeded(_NOT_ENROLLED)
        if not self.remote.token:
            raise SignInNeeded("Cần đăng nhập máy chủ: hãy mở màn hình Đồng bộ hoặc chạy “tthc sync login”.")
        session = self.remote.session()
        if self._meet(session):
            done.forked = True

    def _meet(self, session: wire.Session) -> bool:
        """Compare what the backend knows of this device with the file; whether the device was forked."""
        with self.store.read() as connection:
            own = state.get_int(connection, state.NEXT_SEQ, 1) - 1
            feed = get_setting(connection, state.FEED)
        self._session = session
        if feed != session.feed:
            self.store.write(lambda connection: put_setting(connection, state.FEED, session.feed))
        forked = session.last_device_seq > own
        if forked:  # the file is older than what this device has sent: an old copy was restored
            self._fork()
        self._greeted = True
        return forked

    def _fork(self) -> None:
        given = self.remote.fork()
        device = str(given.device)
        self.secrets.put(device, secret=given.secret, token=given.token)

        def job(connection: Connection) -> None:
            put_setting(connection, state.DEVICE, device)
            sync_outbox.renumber(connection, 1)
            sync_codes.drop_leases(connection)

        self.store.write(job)
        self.device = device
        self.remote.token = given.token

    def _push_all(self, done: Round) -> None:
        while self._something_to_tell():
            batch = self.store.write(partial(sync_outbox.next_batch, now=self._clock(), most=MAX_BATCH))
            if batch is None:
                return
            if batch.device != self.device:  # another process forked the device
                self.device = batch.device
                self.remote.token = self.secrets.get(self.device)[1]
            try:
                answer = self.remote.push(batch.push)
            except SeqReused:
                if done.forked:
                    raise
                done.forked = True
                self._fork()
                continue
            except OtherBytes as error:
                self._set_aside(error)
                continue
            except BaseException:
                self.store.write(sync_outbox.not_sent)
                raise
            accepted, refused = self.store.write(
                partial(sync_outbox.apply_verdicts, batch=batch, verdicts=answer.verdicts, now=self.now)
            )
            done.pushed += accepted
            done.refused += refused

    def _something_to_tell(self) -> bool:
        with self.store.read() as connection:
            return sync_outbox.waits(connection)

    def _set_aside(self, error: OtherBytes) -> None:
        if error.event is None:
            raise error
        event, at = error.event, self.now
        self.store.write(lambda connection: sync_outbox.set_aside(connection, event, str(error), at))

    # -- feed and snapshot --------------------------------------------------------------------------

    def _pull_all(self, done: Round, accept_empty: bool, progress: Progress | None) -> None:
        for _ in range(3):
            with self.store.read() as connection:
                cursor = get_setting(connection, state.CURSOR)
                begun = state.snapshot(connection)
            try:
                if begun is not None or self._elsewhere(cursor):
                    self._snapshot(done, begun or self._begin(cursor), accept_empty, progress)
                self._feed(done)
                return
            except CursorGone:
                self._session = self.remote.session()
                self._begin(cursor)
        raise CursorGone("Máy chủ không cho tiếp tục từ chỗ đã đọc: hãy báo quản trị.")

    def _elsewhere(self, cursor: str) -> bool:
        """Whether the cursor is of another feed or log than the session's, or there is none yet."""
        if not cursor:
            return True
        at = decode_cursor(cursor)
        session = self._session
        return session is not None and (at.epoch != session.epoch or at.feed != feed_tag(session.feed))

    def _begin(self, cursor: str) -> Snapshot:
        """Begin a snapshot; own events it lacks go up again, unless only the station moved to another feed."""
        requeue, session = True, self._session  # no cursor: the first download was never finished
        if cursor and session is not None:
            at = decode_cursor(cursor)
            requeue = at.epoch != session.epoch or at.feed == feed_tag(session.feed)
        return self.store.write(partial(begin_snapshot, requeue=requeue))

    def _snapshot(self, done: Round, begun: Snapshot, accept_empty: bool, progress: Progress | None) -> None:
        def stored(reached: Snapshot, dossiers: int) -> None:
            done.dossiers += dossiers
            if progress is not None:
                progress(reached.done, reached.total)

        reached, cursor = download(self.store, self.remote, begun, stored, accept_empty=accept_empty)
        units = frozenset(self._session.units if self._session else ())
        finish = partial(finish_snapshot, begun=reached, cursor=cursor, now=self.now, units=units)
        self.store.write(finish)

    def _feed(self, done: Round) -> None:
        while True:
            with self.store.read() as connection:
                after = get_setting(connection, state.CURSOR)
            page = self.remote.feed(after, PAGE)
            if page.head < decode_cursor(after).place:
                raise CursorGone("Nhật ký của máy chủ ngắn hơn chỗ đã đọc.")
            at = self.now
            if page.cursor == after and self.data_at and at - self.data_at < NOTED_EVERY:
                return  # nothing new: how fresh the data are need not go to the disk every time
            taken = self.store.write(partial(sync_feed.apply_page, after=after, page=page, now=at))
            if not page.more:
                self.data_at = at
            if taken:
                done.received += len(page.events)
            if not page.more:
                return

    def ask_number(self, agency: str, day: date, seconds: float | None = NUMBER_SECONDS) -> None:
        """One number for one dossier, kept with the lent ones; Unreachable when it takes too long."""
        self._supply.ask_number(agency, day, seconds)

    # -- catalogue ----------------------------------------------------------------------------------

    def heard_of_catalog(self, version: str) -> None:
        """The backend's newest bundle has this version: the next round fetches it when it is a new one."""
        if version in ("", self._catalog_told):
            return
        self._catalog_told = version
        with self.store.read() as connection:
            held = get_setting(connection, state.CATALOG)
        if version != held:
            self._catalog_at = None

    def _catalog(self) -> None:
        """Once after every greeting and then hourly: the newest catalogue bundle, taken over in one write.

        One that can't be read is told in `catalog_trouble`; the catalogue held stays and the sync goes on.
        """
        at = self._clock()
        if self._catalog_at is not None and timedelta(0) <= at - self._catalog_at < CATALOG_EVERY:
            return
        with self.store.read() as connection:
            held = get_setting(connection, state.CATALOG)
        self.catalog_trouble = ""
        try:
            bundle = self.remote.catalog(held)
            if bundle is not None:
                from tthc_tui.store.catalog_bundle import import_bundle

                taken = self.store.write(partial(import_bundle, bundle=bundle, at=self.now))
                self.catalogs += taken is not None
        except (BadAnswer, NotAllowed) as error:
            self.catalog_trouble = str(error)
        self._catalog_at = at

    def learned(self, offset: timedelta) -> None:
        """The backend's clock against ours; kept when it moved by more than half a second."""
        millis = round(offset.total_seconds() * 1000)
        if self._kept_offset is None:
            with self.store.read() as connection:
                known = get_setting(connection, state.OFFSET)
            self._kept_offset = int(known) if known else None
        if self._kept_offset is None or abs(self._kept_offset - millis) > 500:
            self.store.write(lambda connection: state.put_int(connection, state.OFFSET, millis))
            self._kept_offset = millis
