"""In which encoding a text is written: told by its bytes, or asked."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from dataclasses import dataclass

from charset_normalizer import from_bytes

from ingest.draft.alphabets import likeness

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Of two that read a text alike the first is taken.
_SINGLE_BYTE = (
    *("cp1252", "iso8859-15", "cp1251", "koi8-r", "koi8-u", "cp866", "cp1250", "iso8859-2"),
    *("cp1253", "iso8859-7", "cp1254", "iso8859-9", "cp1257", "iso8859-13", "iso8859-5"),
    *("cp1255", "cp1256", "cp874", "cp850", "cp852", "cp737", "cp857", "cp775", "mac-roman"),
)
_ALIKE = 0.12
_ENOUGH_LETTERS = 4
_MAX_RIVALS = 4
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
        # between blanks it is a word: the à of 25/10/2026 à 01h15
        is_word = sample.count(byte) == len(re.findall(rb"(?<= )%c(?= )" % byte, sample))
        if not is_word and often > 1 and lines_so > 0.9 * len(lines) > 2:
            found.append(byte)
    return bytes(found)


def _by_letters(sample: bytes) -> Encoding:
    marks = _marks(sample)
    sample = sample.translate(bytes.maketrans(marks, b" " * len(marks)))
    found = re.findall(rb"[A-Za-z\x80-\xff]*[\x80-\xff][A-Za-z\x80-\xff]*", sample)
    # alone these are as well signs: the quotes of \xab5\xbb are letters to Prague
    words = [each for each in found if len(each) > 1 or each >= b"\xc0"] or found
    words = b" ".join(words)[:_MAX_SAMPLE_BYTES]
    scores: dict[str, tuple[float, str]] = {}
    for order, name in enumerate(_SINGLE_BYTE):
        try:
            text = words.decode(name)
            if any(letter.isalnum() for letter in marks.decode(name)):
                continue
        except UnicodeDecodeError:
            continue
        score = likeness(text)
        if all(text != other for _, other in scores.values()):
            scores[name] = (score - order * 1e-6, text)
    ranked = sorted(scores, key=lambda name: -scores[name][0])
    best = scores[ranked[0]][0] if ranked else 0.0
    if best < 0.3:
        found = from_bytes(sample[: 4 * _MAX_SAMPLE_BYTES]).best()
        if found is not None and found.multi_byte_usage and found.coherence > 0.3:
            return Encoding(found.encoding)
        return Encoding(ranked[0] if ranked else "latin-1", tuple(ranked[1:3]) or ("latin-1",))
    # A few letters prove little.
    letters = sum(letter > "\x7f" for letter in scores[ranked[0]][1])
    alike = _ALIKE if letters >= _ENOUGH_LETTERS else 1.0
    near = [name for name in ranked[1:] if best - scores[name][0] < alike]
    if letters < _ENOUGH_LETTERS:
        near.sort(key=_SINGLE_BYTE.index)  # the usual ones first
    rivals = tuple(near[:_MAX_RIVALS])
    return Encoding(ranked[0], rivals)
