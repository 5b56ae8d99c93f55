"""What a terminal sends, whole or broken, and what becomes of it."""

from __future__ import annotations

import os

import pytest
from textual import events

if os.name == "nt":
    pytest.skip("POSIX terminals only", allow_module_level=True)

from hypothesis import given
from hypothesis import strategies as st

from tthc_tui.driver import SteadyInput

PIECES = [
    b"\x1b",
    b"\x1b[",
    b"\x1b[<",
    b"\x1b[48;",
    b"9" * 30,
    b"1:2",
    b"u",
    b"~",
    b"M",
    b";",
    b"R",
    b"200~",
    b"\xff",
]


def typed(reader: SteadyInput, *chunks: bytes) -> list[str]:
    """The names of the keys in these chunks."""
    found = [event for chunk in chunks for event in reader.feed(chunk)]
    return [event.key for event in found if isinstance(event, events.Key)]


def test_what_is_broken_is_lost_and_what_follows_is_whole() -> None:
    assert typed(SteadyInput(), b"a\x1b[1:2u\x1b[Ab") == ["a", "up", "b"]


def test_a_letter_cut_between_two_reads_is_one_letter() -> None:
    whole = "đ".encode()
    reader = SteadyInput()
    found = [event for chunk in (whole[:1], whole[1:], b"\xe1", b"x") for event in reader.feed(chunk)]
    assert [event.character for event in found if isinstance(event, events.Key)] == ["đ", "\ufffd", "x"]


@given(st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=8)), max_size=12))
def test_nothing_ends_the_reader(chunks: list[bytes]) -> None:
    reader = SteadyInput()
    typed(reader, *chunks)
    list(reader.tick())
    typed(reader, b"\x1b[201~")  # a paste that was begun ends
    assert typed(reader, b"\x1b[A\x1b[B")[-1] == "down"
