"""Slips of the finger are counted as officers make them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import DamerauLevenshtein

from tthc_tui.store.search_slips import closest_phrase, mended_word, slips

WORDS = st.text(alphabet="abc ", max_size=9)


@pytest.mark.parametrize(
    ("typed", "meant", "number"),
    [
        ("khia sinh", "khai sinh", 1),
        ("khai sinhh", "khai sinh", 1),
        ("kha sinh", "khai sinh", 1),
        ("khoi sinh", "khai sinh", 1),
        ("khia sihn", "khai sinh", 2),
        ("khai sinh", "khai sinh", 0),
        ("", "khai", 4),
    ],
)
def test_one_slip_is_a_letter_missed_added_replaced_or_swapped(typed: str, meant: str, number: int) -> None:
    assert slips(typed, meant, 5) == number


@settings(max_examples=300, deadline=None)
@given(WORDS, WORDS, st.integers(0, 6))
def test_slips_are_counted_as_the_reference_counts_them(one: str, other: str, allowed: int) -> None:
    wanted = DamerauLevenshtein.distance(one, other)
    found = slips(one, other, allowed)
    assert found == wanted if wanted <= allowed else found > allowed


@settings(max_examples=200, deadline=None)
@given(
    st.text(alphabet="abcdeh ", min_size=4, max_size=14), st.lists(st.text(alphabet="abcdeh ", max_size=14))
)
def test_no_closer_phrase_is_overlooked(typed: str, phrases: list[str]) -> None:
    likeness = DamerauLevenshtein.normalized_similarity
    best = max((likeness(typed, phrase) for phrase in phrases), default=0.0)
    found = closest_phrase(typed, phrases)
    if best > 0.8201:
        assert likeness(typed, found) == pytest.approx(best)
    elif best < 0.8199:
        assert found == ""


def test_of_words_as_near_the_one_used_most_is_meant() -> None:
    used = {"tu": 9, "sinh": 3, "sanh": 7, "sinhh": 1}
    assert mended_word("sunh", [*used, *used], used.__getitem__) == "sanh"
    assert mended_word("xy", list(used), used.__getitem__) == ""
    assert mended_word("qqqq", list(used), used.__getitem__) == ""
