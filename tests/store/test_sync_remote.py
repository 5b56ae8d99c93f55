"""Whatever answers instead of the backend, the officer gets one sentence and the station tries again."""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from tthc_tui.core import wire
from tthc_tui.store import sync_errors as trouble
from tthc_tui.store.remote import Remote
from tthc_tui.store.sync_secrets import Secrets

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
Answer = Callable[[httpx.Request], httpx.Response]


def remote(answer: Answer, **more: object) -> Remote:
    return Remote(
        "https://tthc.example",
        clock=lambda: NOW,
        transport=httpx.MockTransport(answer),
        **more,  # type: ignore[arg-type]
    )


def problem(status: int, code: str, detail: str = "Lý do.", **headers: str) -> Answer:
    body = wire.Problem(title="x", status=status, detail=detail, code=wire.ProblemCode(code))
    return lambda request: httpx.Response(
        status, text=body.model_dump_json(), headers={"content-type": wire.PROBLEM_TYPE, **headers}
    )


def failing(error: type[Exception], words: str = "x") -> Answer:
    def answer(request: httpx.Request) -> httpx.Response:
        raise error(words)

    return answer


PORTAL = {"content-type": "text/html"}

CASES = [
    (lambda r: httpx.Response(200, text="<html>Wi-Fi</html>", headers=PORTAL), trouble.NotTheServer, True),
    (lambda r: httpx.Response(302, headers={"location": "http://wifi.local"}), trouble.NotTheServer, True),
    (lambda r: httpx.Response(511, text="<html></html>", headers=PORTAL), trouble.ServerTrouble, True),
    (lambda r: httpx.Response(404, text="nginx", headers=PORTAL), trouble.NotTheServer, True),
    (lambda r: httpx.Response(200, json={"events": []}), trouble.NotTheServer, True),
    (lambda r: httpx.Response(200, content=b"\xff\xfe{"), trouble.NotTheServer, True),
    (lambda r: httpx.Response(500, text="boom"), trouble.ServerTrouble, True),
    (lambda r: httpx.Response(502, text="<html>", headers=PORTAL), trouble.ServerTrouble, True),
    (problem(503, "unavailable"), trouble.ServerTrouble, True),
    (problem(429, "too_many", **{"retry-after": "7"}), trouble.TooMany, True),
    (problem(401, "unauthenticated"), trouble.SignInNeeded, False),
    (problem(403, "forbidden"), trouble.NotAllowed, False),
    (problem(410, "gone"), trouble.CursorGone, False),
    (problem(409, "seq_reused"), trouble.SeqReused, False),
    (problem(422, "malformed"), trouble.BadAnswer, False),
    (failing(httpx.ConnectError), trouble.Unreachable, True),
    (failing(httpx.ConnectError, "[SSL: CERTIFICATE_VERIFY_FAILED]"), trouble.NotTheServer, True),
    (failing(httpx.ConnectTimeout), trouble.Unreachable, True),
    (failing(httpx.ReadTimeout), trouble.Unreachable, True),
    (failing(httpx.RemoteProtocolError), trouble.Unreachable, True),
    (failing(httpx.ReadError), trouble.Unreachable, True),
]


@pytest.mark.parametrize(("answer", "kind", "temporary"), CASES)
def test_every_trouble_is_one_vietnamese_sentence(
    answer: Answer, kind: type[trouble.RemoteError], temporary: bool
) -> None:
    with pytest.raises(kind) as caught:
        remote(answer).feed("")
    assert type(caught.value) is kind
    assert caught.value.temporary is temporary
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert not sentence.isascii()


def test_a_busy_server_says_how_long_to_wait() -> None:
    with pytest.raises(trouble.TooMany) as caught:
        remote(problem(429, "too_many", **{"retry-after": "7"})).feed("")
    assert caught.value.retry_after == 7


def test_a_snapshot_that_is_a_portals_page_is_no_snapshot() -> None:
    page = remote(lambda r: httpx.Response(200, text="<html>\n</html>", headers=PORTAL))
    with pytest.raises(trouble.NotTheServer):
        list(page.snapshot())
    noise = remote(lambda r: httpx.Response(200, text="{}\n", headers={"content-type": wire.NDJSON}))
    with pytest.raises(trouble.NotTheServer):
        list(noise.snapshot())


def test_verdicts_on_other_events_are_not_taken() -> None:
    verdicts = wire.Verdicts(
        verdicts=(wire.Verdict(event=UUID(int=1), verdict="accepted", seq=1),), head=1, server_time=NOW
    )
    answer = remote(lambda r: httpx.Response(200, text=verdicts.model_dump_json()))
    with pytest.raises(trouble.BadAnswer):
        answer.push(wire.Push(events=()))


def test_the_clock_is_learned_from_any_answer_even_a_refusal() -> None:
    learned: list[timedelta] = []
    late = problem(401, "unauthenticated", **{wire.TIME_HEADER: (NOW + timedelta(minutes=9)).isoformat()})
    with pytest.raises(trouble.SignInNeeded):
        remote(late, learned=learned.append).session()
    assert learned == [timedelta(minutes=9)]
    nonsense = problem(401, "unauthenticated", **{wire.TIME_HEADER: "yesterday"})
    with pytest.raises(trouble.SignInNeeded):
        remote(nonsense, learned=learned.append).session()
    assert len(learned) == 1


def test_a_token_goes_only_where_it_belongs() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(302, headers={"location": "http://evil.example/"})

    client = remote(answer)
    client.token = "bí-mật".encode().hex()
    with pytest.raises(trouble.NotTheServer):
        client.number("H15", date(2026, 11, 23))
    assert [request.url.host for request in seen] == ["tthc.example"]
    assert seen[0].headers["authorization"].startswith("Bearer ")


def test_a_certificate_file_that_cannot_be_read_is_named_as_such(tmp_path: Path) -> None:
    client = Remote("https://127.0.0.1:1", clock=lambda: NOW, ca=str(tmp_path / "none.pem"))
    with pytest.raises((trouble.BadAnswer, ssl.SSLError), match="chứng thư"):
        client.health()


def test_secrets_are_for_their_owner_alone(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path, use_keyring=False)
    secrets.put("d-1", secret="s", token="t")
    secrets.put("d-2", secret="z")
    secrets.put("d-1", token="u")
    assert Secrets(tmp_path, use_keyring=False).get("d-1") == ("s", "u")
    assert secrets.get("d-2") == ("z", "")
    assert secrets.get("d-3") == ("", "")
    if os.name == "posix":
        assert secrets.path.stat().st_mode & 0o077 == 0
    secrets.path.write_text("{damaged", encoding="utf-8")
    assert secrets.get("d-1") == ("", "")
