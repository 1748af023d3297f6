"""What each column of a sample holds: numbers, dates, codes, identities, or text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from ingest.draft.moments import Moments, epoch_of, moments
from ingest.draft.words import concepts_of, identity_words, truth

# Texts that mean unknown wherever they stand, and those that may be a value of their own.
BLANKS = {"NULL", "null", "(null)", "\\N", "#N/A", "#NULL!", "n/a", "N/A", "NaN", "nan", "<null>"}
MAYBE_BLANKS = {"-", "--", "—", "None", "none", "NA", "?", ".", "unknown", "nil", "н/д", "нет"}
# Days since 1899-12-30, from 1954 to 2118, as a sheet counts them.
_SERIAL = re.compile(r"[2-7]\d{4}(\.\d+)?")
_FEW_TYPED = 3
# The last day of time, and the days at which stores begin to count: neither is a day of anything.
_FAR = re.compile(
    r"(31[./-]12[./-](9999|2999)|(9999|2999)[./-]?12[./-]?31"
    r"|01[./-]01[./-](0001|1753|1900|1970)|(0001|1753|1900|1970)[./-]?01[./-]?01"
    r"|3[01][./-]12[./-]1899|1899[./-]?12[./-]?3[01])($|[T 0])"
)
_INTEGER = re.compile(r"[+-]?\d{1,18}(\.0+)?")
_LONG_MINUS = "\u2212"
_CODES = "EUR|USD|GBP|CHF|PLN|CZK|HUF|SEK|NOK|DKK|RON|BGN|RSD|UAH|RUB|TRY|BRL|MXN|INR|ILS|AED|ZAR"
_SIGNS = rf"{_CODES}|R\$|[$€£¥₽₴₺₹₪]"
_CURRENCY = re.compile(
    rf"^(?:{_SIGNS})(?=[ \d(+\-\u00a0])"
    rf"|(?<=[\d )\-\u00a0])(?:{_SIGNS}|zł|kr\.?|Kč|Ft|lei|лв\.?|руб\.?|р\.)$"
)
_BEHIND = re.compile(r"\d[\d.,'\u00a0\u202f ]*-|\(\d[\d.,'\u00a0\u202f ]*\)")
_NUMBER = re.compile(r"[+-]?\d[\d.,'\u00a0\u202f ]*|[+-]?[.,]\d+|[+-]?\d+(\.\d+)?[eE][+-]?\d+")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]{2,}")
_PHONE = re.compile(r"\+?[\d(][\d ()/.\-]{5,}\d")
_PERSON = re.compile(r"[^\W\d_]{2,}(?:[-'’][^\W\d_]+)?[, ]+[^\W\d_]{2,}(?:[ -][^\W\d_.]{1,}\.?)*")
_CODE = re.compile(r"[A-ZА-ЯЁ0-9_]{1,12}")
_OF_CODES = {"type", "status", "flag", "channel", "direction", "reason", "severity", "segment"} | {
    "cause", "action", "purpose", "method", "currency", "unit", "technology", "language", "offering"
}  # fmt: skip
_MAX_CODES, _MAX_SHOWN = 25, 8
_NESTED = re.compile(r"\{.*\}|\[.*\]", re.DOTALL)
_MAX_CODE_LENGTH = 40


@dataclass(frozen=True)
class Profile:
    """What the sample says of one column.

    Parameters
    ----------
    name : str
        The column as the source names it.
    rows, filled, distinct : int
        Rows in the sample, those with a value, and how many differ.
    kind : str
        empty, integer, number, boolean, date, timestamp, time, text, nested (a list or an object
        of JSON in one field).
    moments : Moments, optional
        For dates and times.
    epoch : str, optional
        Unit of whole numbers that lie between 2000 and 2040.
    marks : frozenset of str
        What the numbers prove or leave open: `.`, `,` (decimal marks), `?.`, `?,` (a mark that
        may be either), `t `, `t.`, `t,`, `t'` (thousands).
    example : str, optional
        A number whose mark may be either.
    identity : str, optional
        phone, email, name, address, document, birth: the column names a person.
    codes : tuple of str
        Its values, when they are few and name nobody.
    is_code : bool
        Whether those values are repeated, so that they are codes and not just few rows.
    blanks, maybe_blanks : tuple of str
        Texts in it that mean unknown, and that may.
    has_sign_behind : bool
        Numbers below nought are written as on paper: 12.50- or (12.50).
    currency : str, optional
        The one sign of a currency that stands beside its numbers.
    has_long_minus : bool
        The minus of typesetting stands before some.
    is_partly : bool
        Most of its values are of another kind than the identity's.
    has_serials : bool
        Among its dates stand a sheet's serials, days since 1899-12-30.
    has_national_numbers : bool
        Phone numbers without a country code stand among them.
    is_free_text : bool
        Sentences, which may say anything of anyone.
    """

    name: str
    rows: int
    filled: int
    distinct: int
    kind: str
    moments: Moments | None = None
    epoch: str | None = None
    marks: frozenset[str] = frozenset()
    example: str | None = None
    identity: str | None = None
    codes: tuple[str, ...] = ()
    is_code: bool = False
    blanks: tuple[str, ...] = ()
    maybe_blanks: tuple[str, ...] = ()
    is_partly: bool = False
    has_sign_behind: bool = False
    currency: str | None = None
    has_long_minus: bool = False
    has_national_numbers: bool = False
    has_serials: bool = False
    is_free_text: bool = False

    @property
    def shown_codes(self) -> tuple[str, ...]:
        """The codes that may stand in a comment: short, repeated, and nobody's name."""
        if not self.is_code or len(self.codes) > _MAX_SHOWN:
            return ()
        # A word with a small letter may be a name, unless the column says that it holds codes.
        may_be_names = not concepts_of(self.name) & _OF_CODES and self.kind == "text"
        if may_be_names and not all(_CODE.fullmatch(code) for code in self.codes):
            return ()
        return self.codes

    @property
    def is_unique(self) -> bool:
        """Whether every row has a value of its own."""
        return self.rows > 0 and self.filled == self.rows == self.distinct


def is_far(text: str) -> bool:
    """Tell whether a text is the last or first day of time, by which systems say `none`."""
    return _FAR.match(text) is not None


def profile(name: str, column: pd.Series, native: str | None = None) -> Profile:
    """Describe one column of a sample.

    Parameters
    ----------
    native : str, optional
        integer, number, boolean, date, timestamp, timestamptz: the source's own type.
    """
    counted = column.dropna().map(str.strip).value_counts()
    counts = {value: int(count) for value, count in counted.items() if value}
    blanks = tuple(value for value in counts if value in BLANKS)
    maybe = tuple(value for value in counts if value in MAYBE_BLANKS)
    firm = {value: count for value, count in counts.items() if value not in (*blanks, *maybe)}
    # a far day that stands for `open` among days; a column of nothing else says nothing of it
    far = tuple(value for value in firm if _FAR.match(value))
    near = {value: count for value, count in firm.items() if value not in far}
    facts = _facts(name, near or firm, native)
    if far and near and facts["kind"] in ("date", "timestamp"):
        firm, blanks = near, (*blanks, *far)
    elif far:
        far, facts = (), _facts(name, firm, native)
    if not firm and maybe:
        facts = {"kind": "text"}
    if facts["kind"] in ("text", "boolean"):
        firm = {value: count for value, count in counts.items() if value not in blanks}
    else:
        blanks, maybe = (*blanks, *maybe), ()
    filled = sum(firm.values())
    identity = facts.pop("identity", None)
    few = len(firm) <= _MAX_CODES and all(len(value) <= _MAX_CODE_LENGTH for value in firm)
    codes = tuple(firm) if few and identity is None and facts["kind"] != "number" else ()
    return Profile(
        name=name,
        rows=len(column),
        filled=filled,
        distinct=len(firm),
        identity=identity,
        codes=codes,
        is_code=bool(codes) and filled >= 2 * len(firm),
        blanks=tuple(value for value in blanks if value),
        maybe_blanks=maybe,
        is_free_text=facts["kind"] == "text" and _is_prose(firm),
        **facts,
    )


def _is_prose(counts: dict[str, int]) -> bool:
    """Tell sentences from codes and names: several words, and hardly a text twice."""
    if not counts:
        return False
    wordy = sum(value.count(" ") >= 2 or len(value) > 60 for value in counts)
    return wordy > 0.25 * len(counts) and len(counts) > _MAX_CODES


def _among_serials(name: str, counts: dict[str, int]) -> Moments | None:
    """Return the dates among which a sheet's serials stand, of days some cell was not shown as."""
    typed = {value: count for value, count in counts.items() if not _SERIAL.fullmatch(value)}
    is_dated = concepts_of(name) & {"at", "start", "end", "open", "close", "due"}
    if not is_dated or len(typed) == len(counts) or len(typed) < _FEW_TYPED:
        return None
    found = moments(typed)
    return found if found and found.kind in ("date", "timestamp") and not found.unfit else None


def _facts(name: str, counts: dict[str, int], native: str | None) -> dict[str, object]:
    """Return kind and what belongs to it; identity where the column names a person."""
    values = list(counts)
    if not values:
        return {"kind": "empty", "identity": identity_words(name)}
    said = identity_words(name)
    if said in ("name", "address", "document"):
        return {"kind": "text", "identity": said}
    if _share(_EMAIL, values) > 0.6:
        return {"kind": "text", "identity": "email"}
    if phone := _phone(name, values, said):
        return phone
    if all(_NESTED.fullmatch(value) for value in values):
        return {"kind": "nested"}
    if native in ("date", "timestamp", "timestamptz"):
        kind = "date" if native == "date" else "timestamp"
        found = Moments(kind, has_offset=native == "timestamptz")
        return {"kind": kind, "moments": found}
    if native == "boolean":
        return {"kind": "boolean"}
    if said == "birth":
        return {"kind": "text", "identity": "birth"}
    if found := _among_serials(name, counts):
        return {"kind": found.kind, "moments": found, "has_serials": True}
    if found := moments(counts):
        return {"kind": found.kind, "moments": found}
    bare, dress = _undressed(values)
    if _share(_INTEGER, bare) > 0.95:
        return {"kind": "integer", "epoch": epoch_of(values), **dress}
    if _share(_NUMBER, bare) > 0.95:
        marks, example = _marks(bare)
        return {"kind": "number", "marks": marks, "example": example, **dress}
    if len(values) <= 2 and all(truth(value) is not None for value in values):
        return {"kind": "boolean"}
    looks_like_people = _share(_PERSON, values) > 0.8 and len(values) > 2
    if looks_like_people and "name" in concepts_of(name):
        return {"kind": "text", "identity": "name"}
    if "@" in "".join(values[:200]) and _share(_EMAIL, values) > 0.2:
        return {"kind": "text", "identity": "email", "is_partly": True}
    return {"kind": "text"}


def _undressed(values: list[str]) -> tuple[list[str], dict[str, object]]:
    """Return numbers without what stands around them on paper, and what that is.

    Signs of two currencies are not taken away: their amounts are not of one kind.
    """
    if all(map(_NUMBER.fullmatch, values)):
        return values, {}
    signs = {match[0] for value in values for match in _CURRENCY.finditer(value)}
    sign = signs.pop() if len(signs) == 1 else None
    bare = [value.replace(sign, "").strip() for value in values] if sign else values
    has_long_minus = any(_LONG_MINUS in value for value in bare)
    bare = [value.replace(_LONG_MINUS, "-") for value in bare]
    behind = {value for value in bare if _BEHIND.fullmatch(value)}
    bare = [value.strip("()- ") if value in behind else value for value in bare]
    dress = {"currency": sign, "has_long_minus": has_long_minus, "has_sign_behind": bool(behind)}
    return bare, dress


def _phone(name: str, values: list[str], said: str | None) -> dict[str, object] | None:
    """Tell phone numbers from other digits: by the name, or by how they are written."""
    values = [unicodedata.normalize("NFKC", value) for value in values]
    like = [value for value in values if _PHONE.fullmatch(value)]
    like = [value for value in like if 7 <= sum(letter.isdigit() for letter in value) <= 15]
    if len(like) < 0.6 * len(values):
        return {"kind": "text", "identity": "phone"} if said == "phone" and len(like) else None
    # 00000001 is a running number, not a number abroad
    written = sum(bool(re.match(r"\+|00[1-9]", value)) for value in like)
    if said != "phone" and (written < 0.3 * len(like) or moments(dict.fromkeys(values, 1))):
        return None
    return {
        "kind": "text",
        "identity": "phone",
        "has_national_numbers": written < len(like),
    }


def are_national(values: Iterable[str]) -> bool:
    """Tell whether some of what was answered to be phone numbers bear no country code."""
    return any(
        not re.match(r"\s*(\+|00[1-9])", unicodedata.normalize("NFKC", value))
        for value in values
        if any(letter.isdigit() for letter in value)
    )


def _share(pattern: re.Pattern[str], values: list[str]) -> float:
    return sum(bool(pattern.fullmatch(value)) for value in values) / len(values)


def _marks(values: list[str]) -> tuple[frozenset[str], str | None]:
    """Return what the numbers prove of decimal and thousands marks, and one that proves nothing.

    `1,5` proves a decimal comma; `1.234,50` both marks; `1,234` alone may be either.
    """
    found: set[str] = set()
    example = None
    for value in values:
        text = value.lstrip("+-").replace("\u00a0", " ").replace("\u202f", " ")
        for mark in (" ", "'"):
            if re.fullmatch(rf"\d{{1,3}}({mark}\d{{3}})+([.,]\d+)?", text):
                found.add(f"t{mark}")
                text = text.replace(mark, "")
        present = [letter for letter in text if letter in ".,"]
        if not present:
            continue
        last = present[-1]
        if len(set(present)) == 2:
            found |= {last, "t" + present[0]}
        elif len(present) > 1:
            other = "," if last == "." else "."
            found |= {other, f"t{last}"}
        elif re.fullmatch(rf"[1-9]\d{{0,2}}{re.escape(last)}\d{{3}}", text):
            found.add(f"?{last}")
            example = example or value
        else:
            found.add(last)
    return frozenset(found), example
