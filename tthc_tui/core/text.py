"""Vietnamese text: one form, no hidden characters, folding for search."""

from __future__ import annotations

import re
import unicodedata

# Blank or zero-width characters and selectors that Unicode does not class as format characters.
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_ESCAPE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d\x9e\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)"  # OSC, DCS: titles, links
    r"|\x1b[ -/]*[0-~]"
)
# More marks on one letter than any language needs: they run over the lines above and below.
_MARK = "[\\u0300-\\u036f\\u0483-\\u0489\\u1ab0-\\u1aff\\u1dc0-\\u1dff\\u20d0-\\u20ff\\ufe20-\\ufe2f]"
_PILED = re.compile(f"({_MARK}{{4}}){_MARK}+")
_SPACES = re.compile(r"[^\S\n]+")
_WORD = re.compile(r"[a-z0-9]+")

_TONES = "\u0300\u0309\u0303\u0301\u0323"  # huyền, hỏi, ngã, sắc, nặng


def nfc(text: str) -> str:
    """The text in Unicode form NFC, the only form that is stored or shown."""
    return unicodedata.normalize("NFC", text)


def clean_lines(text: str) -> str:
    """Text safe to store, show and print, its lines kept.

    NFC; escape sequences, control, format (bidi, zero-width), private and unassigned characters and lone
    surrogates removed, and marks piled on one letter beyond four; other white space becomes one space; no
    blanks around lines or the whole.
    """
    if not (text.isascii() and text.isprintable()):
        text = re.sub(r"\r\n?|[\u2028\u2029\x85\x0b\x0c]", "\n", text)
        text = _ESCAPE.sub("", text).replace("\t", " ")
        text = _INVISIBLE.sub("", text)
        if not text.replace("\n", "").isprintable():
            text = "".join(ch for ch in text if ch == "\n" or unicodedata.category(ch)[0] != "C")
        text = nfc(_PILED.sub(r"\1", text))
    return "\n".join(_SPACES.sub(" ", line).strip() for line in text.split("\n")).strip()


def clean(text: str) -> str:
    """`clean_lines` on one line: every run of white space and line breaks is one space."""
    return " ".join(clean_lines(text).split())


def fold(text: str) -> str:
    """Text for comparing: case folded, marks dropped, đ as d; NFC and NFD, hoà and hòa fold alike."""
    if text.isascii():
        return text.casefold()
    bare = unicodedata.normalize("NFD", text.casefold())
    bare = "".join(ch for ch in bare if unicodedata.category(ch) != "Mn")
    bare = bare.replace("đ", "d").replace("ð", "d")  # old fonts write Đ as the Icelandic Ð
    return unicodedata.normalize("NFC", bare.casefold())


def initials(text: str) -> str:
    """The folded first letters of all words: "Đăng ký khai sinh" gives "dkks"."""
    return "".join(word[0] for word in _WORD.findall(fold(text)))


def _spelling(word: str) -> tuple[str, str]:
    """A word as its letters with their own marks (ă, ê, ơ, đ) and its tone, wherever that was placed."""
    letters: list[str] = []
    tone = ""
    for ch in unicodedata.normalize("NFD", word.casefold()):
        if ch in _TONES:
            tone = ch
        else:
            letters.append(ch)
    return nfc("".join(letters)), tone


def accents_match(typed: str, text: str) -> bool:
    """Whether the accents that were typed stand so in `text`.

    Every typed word must begin some word of the text; a word typed with accents must agree in them
    (tone placement does not matter, a tone not typed yet at the end of a part word neither), a word
    typed without accents matches any.
    """
    words = [(fold(word), *_spelling(word)) for word in re.findall(r"\w+", nfc(text))]
    return all(_begins_one(word, words) for word in re.findall(r"\w+", nfc(typed)))


def _begins_one(typed: str, words: list[tuple[str, str, str]]) -> bool:
    bare = fold(typed)
    if bare == typed.casefold():
        return any(folded.startswith(bare) for folded, _, _ in words)
    letters, tone = _spelling(typed)
    return any(
        spelled.startswith(letters) and (tone == its_tone or (not tone and len(letters) < len(spelled)))
        for _, spelled, its_tone in words
    )
