"""Chains of hashes: what is canonical, what a change does to a chain."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tthc_tui.core.chain import GENESIS, Link, chain, first_break, heads_digest, is_canonical
from tthc_tui.core.wire import Cursor, decode_cursor, feed_tag

_leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.text(st.characters(exclude_categories=["Cs"]))
)
_values = st.recursive(
    _leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
)


@given(_values)
def test_what_python_writes_sorted_and_compact_is_canonical(value: object) -> None:
    try:
        text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        text.encode()
    except UnicodeEncodeError:
        return
    assert is_canonical(text)


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1}',
        '{"b":1,"a":2}',
        '{"a":1,"a":1}',
        '"\\u0041"',
        '{"a":{"c":1,"b":1}}',
        '[{"b":1,"a":1}]',
        "{",
        "",
        " 1",
        '"\\/"',
    ],
)
def test_any_other_writing_is_not(text: str) -> None:
    assert not is_canonical(text)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.text(max_size=3)), min_size=1, max_size=12), st.data())
def test_any_change_to_a_history_is_named(history: list[tuple[str, str]], data: st.DataObject) -> None:
    heads: dict[str, str] = {}
    links = []
    for number, (dossier, text) in enumerate(history):
        heads[dossier] = chain(heads.get(dossier, GENESIS), text.encode())
        links.append(Link(dossier, str(number), text, heads[dossier]))
    assert first_break(links) is None
    at = data.draw(st.integers(0, len(links) - 1))
    broken = first_break([*links[:at], links[at]._replace(text=links[at].text + "x"), *links[at + 1 :]])
    assert broken is not None
    assert broken.event == str(at)
    assert heads_digest(heads.items()) == heads_digest(reversed(list(heads.items())))


@given(st.from_regex(r"[0-9a-f]{8}", fullmatch=True), st.integers(0, 2**59), st.integers(0, 2**59), st.text())
def test_a_cursor_reads_back(epoch: str, at: int, place: int, unit: str) -> None:
    cursor = Cursor(epoch, at, place, feed_tag(unit))
    assert decode_cursor(cursor.encode()) == cursor
