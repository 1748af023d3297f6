"""In which encoding a text is written: told by its bytes, or asked."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass

from charset_normalizer import from_bytes

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Of two that read a text alike the first is taken.
_SINGLE_BYTE = ("cp1252", "iso8859-15", "cp1251", "koi8-r", "cp866", "cp1250", "iso8859-2", "cp850")
# Russian letters by how often they stand in text, per thousand.
_CYRILLIC = dict(
    zip("оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё", (
        110, 85, 80, 74, 67, 63, 55, 47, 45, 44, 35, 32, 30, 28, 26, 20, 19, 17, 17, 16, 16, 14,
        12, 10, 9, 7, 6, 5, 4, 3, 3, 0.4, 0.4,
    ), strict=True)
)  # fmt: skip
# Letters beyond ASCII that the languages of Western and Central Europe write often.
_WESTERN = dict.fromkeys("äöüßéèêàçñáíóúâôîûãõøåæ", 40.0) | dict.fromkeys("ìòùëïÿœ", 8.0)
_CENTRAL = dict.fromkeys("łąęśżźćńščřžěůýőűťďň", 14.0)
_FREQUENCY = _CYRILLIC | _CENTRAL | _WESTERN
_ALIKE = 0.12
_ENOUGH_LETTERS = 4
_MAX_SAMPLE_BYTES = 20_000


@dataclass(frozen=True)
class Encoding:
    """The encoding by which the sample is read, and the others it might as well be."""

    name: str
    rivals: tuple[str, ...] = ()


def encoding_of(sample: bytes) -> Encoding:
    """Return the encoding of a sample of whole lines."""
    for bom, name in _BOMS:
        if sample.startswith(bom):
            return Encoding(name)
    zeros = [sample[start::2].count(0) for start in (0, 1)]
    if sum(zeros) > len(sample) / 50 and max(zeros) > 4 * min(zeros):
        # Two bytes a character: the separators' high bytes are null, all on one side.
        return Encoding("utf-16-be" if zeros[0] > zeros[1] else "utf-16-le")
    try:
        sample.decode("utf-8")
    except UnicodeDecodeError:
        return _by_letters(sample)
    return Encoding("utf-8")


def _marks(sample: bytes) -> bytes:
    """Return the bytes beyond ASCII that divide the lines: as many in nearly all, so no letters."""
    lines = [each for each in sample.splitlines()[:200] if each]
    found = []
    for byte in sorted({each for each in sample if each > 0x7F}):
        often, lines_so = Counter(line.count(byte) for line in lines).most_common(1)[0]
        if often > 1 and lines_so > 0.9 * len(lines) > 2:
            found.append(byte)
    return bytes(found)


def _by_letters(sample: bytes) -> Encoding:
    marks = _marks(sample)
    sample = sample.translate(bytes.maketrans(marks, b" " * len(marks)))
    words = b" ".join(re.findall(rb"[A-Za-z\x80-\xff]*[\x80-\xff][A-Za-z\x80-\xff]*", sample))
    words = words[:_MAX_SAMPLE_BYTES]
    scores: dict[str, tuple[float, str]] = {}
    for order, name in enumerate(_SINGLE_BYTE):
        try:
            text = words.decode(name)
            if any(letter.isalnum() for letter in marks.decode(name)):
                continue
        except UnicodeDecodeError:
            continue
        score = _score(text)
        if all(text != other for _, other in scores.values()):
            scores[name] = (score - order * 1e-6, text)
    ranked = sorted(scores, key=lambda name: -scores[name][0])
    best = scores[ranked[0]][0] if ranked else 0.0
    if best < 0.3:
        found = from_bytes(sample[: 4 * _MAX_SAMPLE_BYTES]).best()
        if found is not None and found.encoding not in _SINGLE_BYTE and found.coherence > 0.3:
            return Encoding(found.encoding)
        return Encoding(ranked[0] if ranked else "latin-1", tuple(ranked[1:3]) or ("latin-1",))
    # A few letters prove little.
    letters = sum(letter > "\x7f" for letter in scores[ranked[0]][1])
    alike = _ALIKE if letters >= _ENOUGH_LETTERS else 1.0
    rivals = tuple(name for name in ranked[1:] if best - scores[name][0] < alike)[:3]
    return Encoding(ranked[0], rivals)


def _score(text: str) -> float:
    """Return how much like words a text reads, up to 1: its letters, and capitals where due."""
    strange = [letter for letter in text if letter > "\x7f"]
    if not strange:
        return 0.0
    points = 0.0
    for letter in strange:
        frequency = _FREQUENCY.get(letter.lower())
        if frequency is None:
            points += 0.1 if unicodedata.category(letter).startswith("L") else -0.6
        else:
            points += min(1.0, 0.45 + frequency / 80)
    # ОТКазано: a small letter before a capital, or two scripts in a word, is the wrong table.
    flips = len(re.findall(r"[^\W\d_a-zA-Z](?<=[а-яёa-zß-ÿ])[A-ZА-ЯЁÀ-Þ]", text))
    mixed = len(re.findall(r"[A-Za-z][А-Яа-яЁё]|[А-Яа-яЁё][A-Za-z]", text))
    # No language of Latin letters strings three accented ones together.
    heaped = sum(map(len, re.findall(r"[À-ÖØ-öø-ɏ]{3,}", text)))
    return (points - flips - mixed - heaped / 2) / len(strange)
