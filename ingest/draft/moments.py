"""Dates and times: which strptime format all values of a column prove, or what stays open."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from ingest.draft.names import ZONE_NAME

# A few faults do not make a column of moments one of something else.
NEARLY_ALL = 0.95
_DAYS = {"d": range(1, 32), "m": range(1, 13)}
_DATE = re.compile(
    r"(?P<one>\d{4})(?P<s1>[./-])(?P<two>\d{1,2})(?P=s1)(?P<three>\d{1,2})"
    r"|(?P<a>\d{1,2})(?P<s2>[./-])(?P<b>\d{1,2})(?P=s2)(?P<c>\d{4}|\d{2})"
    r"|(?P<day>\d{1,2})(?P<s3>[ ./-]?)(?P<mon>[A-Za-z]{3,9})(?P<s4>[ ./-]?)(?P<year>\d{4}|\d{2})"
    r"|(?P<mon2>[A-Za-z]{3,9}) (?P<day2>\d{1,2}),? (?P<year2>\d{4})"
    r"|\d{4}(?P<s5>[./-])(?:00[1-9]|0[1-9]\d|[12]\d\d|3[0-5]\d|36[0-6])(?!\d)"
    r"|\d{4}(?P<s6>-?)W(?:0[1-9]|[1-4]\d|5[0-3])(?P=s6)[1-7](?!\d)"
)
# What stands between a day and its time: 01-Oct-26/05:30, 01/Oct/2026:05:30:00 as web servers write
# it, or words: 24.10.2026 kl. 12:30, 24.10.2026 um 12:30 Uhr.
_GAP = re.compile(r"(?:[/:]|\.?[ T,]*)(?:(?:kl\.?|klo|um|at|om|alle|à|às|o) +)?")
_HOUR_WORD = r"(?P<word> ?(?:Uhr|hrs|h))?"
_TIME = re.compile(
    r"(?P<h>\d{1,2})(?P<t>[:.h])(?P<m>\d{2})(?:(?P=t)(?P<s>\d{2}))?(?P<f>[.,]\d{1,9})?"
    r"(?P<gap> ?)(?P<p>[AaPp][Mm])?(?P<zgap> ?)"
    rf"(?P<z>Z|z|[+-]\d{{2}}:?\d{{2}}|[+-]\d{{2}}|(?:{ZONE_NAME}))?{_HOUR_WORD}"
)
_ISO = re.compile(
    r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?( ?(?P<z>Z|z|[+-]\d{2}(:?\d{2})?))?)?"
)
# ISO 8601 without marks between.
_BASIC = re.compile(
    r"(19|20)\d{2}(0[1-9]|1[0-2])([0-2]\d|3[01])T\d{4}(?P<s>\d{2})?(?P<z>Z|[+-]\d{2}:?\d{2})?"
)
# Times of ASN.1, as in call records: 261110093015Z, 20261110093015.5+0100.
_ASN1 = re.compile(
    r"(?:(?P<long>(?:19|20)\d{2})|\d{2})(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
    r"(?:[01]\d|2[0-3])[0-5]\d(?P<s>[0-5]\d)(?P<f>[.,]\d{1,9})?(?P<z>Z|[+-]\d{4})"
)
_WEEKDAY = re.compile(r"(?P<name>(Mon|Tue|Wed|Thu|Fri|Sat|Sun)([a-z]{3,6})?)(?P<gap>,? )")
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january", "feb february", "mar march", "apr april", "may", "jun june",
            "jul july", "aug august", "sep september", "oct october", "nov november",
            "dec december",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
# 2026102512 would be a second of 2034 and 2026299120000 a millisecond, if they were counts.
_PACKED = {
    8: "%Y%m%d",
    10: "%Y%m%d%H",
    11: "%Y%j%H%M",
    12: "%Y%m%d%H%M",
    13: "%Y%j%H%M%S",
    14: "%Y%m%d%H%M%S",
    17: "%Y%m%d%H%M%S%f",
}
_ORDERS = ("dmy", "mdy")
_FEW = 3
_FIRST, _LAST = datetime(2000, 1, 1), datetime(2040, 1, 1)
_EPOCHS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


@dataclass(frozen=True)
class Moments:
    """What the values of a column are as dates or times.

    Parameters
    ----------
    kind : str
        date, timestamp or time (of day).
    formats : tuple of str
        strptime formats; empty for ISO 8601, of which nothing need be said.
    rivals : tuple of str
        The formats that fit as well, when the order of day and month is not proven.
    is_mixed : bool
        The values prove both orders, or stand in months that only the other order explains.
    has_offset : bool
        Every value carries its offset.
    epoch : str, optional
        s, ms, us or ns, for numbers since 1970.
    example : str, optional
        A value that fits both orders.
    unfit : int
        Values (distinct) that are no date in any order.
    """

    kind: str
    formats: tuple[str, ...] = ()
    rivals: tuple[str, ...] = ()
    is_mixed: bool = False
    has_offset: bool = False
    epoch: str | None = None
    example: str | None = None
    unfit: int = 0


@dataclass
class _Shape:
    """Values written alike, but for the order of day and month."""

    template: str
    triples: list[tuple[str, tuple[int, int]]] = field(default_factory=list)

    def may_begin_with_year(self) -> bool:
        """Whether 24/11/26 may as well be of 2024: its year must vary less than its day."""
        if "%y" not in self.template:
            return False
        lasts = [int(re.match(r"\d+.\d+.(\d+)", value)[1]) for value, _ in self.triples]
        firsts = {first for _, (first, _) in self.triples}
        fits = all(
            second in _DAYS["m"] and last in _DAYS["d"]
            for (_, (_, second)), last in zip(self.triples, lasts, strict=True)
        )
        return fits and (len(firsts) < _FEW or len(firsts) <= len(set(lasts)))


def moments(counts: dict[str, int]) -> Moments | None:
    """Tell dates and times from other texts; None when the values are none.

    Parameters
    ----------
    counts : dict
        Distinct value → how often it stands in the sample.
    """
    if any("\u202f" in value for value in counts):
        # the narrow space before PM, which the loader takes for a space, too
        counts = {value.replace("\u202f", " "): count for value, count in counts.items()}
    values = list(counts)
    if not values:
        return None
    iso = [match for value in values if (match := _ISO.fullmatch(value))]
    if len(iso) >= 0.95 * len(values):
        kind = "timestamp" if any(len(match[0]) > 10 for match in iso) else "date"
        has_offset = all(match["z"] for match in iso)
        return Moments(kind, has_offset=has_offset, unfit=len(values) - len(iso))
    if times := _times_of_day(values):
        return times
    if packed := _packed(values):
        return packed
    shapes: dict[str, _Shape] = {}
    fixed: dict[str, int] = {}
    unfit, kinds, offsets = 0, set(), set()
    for value in values:
        read = _read(value)
        if read is None:
            unfit += 1
            continue
        template, numbers, kind, has_offset = read
        kinds.add(kind)
        offsets.add(has_offset)
        if numbers is None:
            fixed[template] = fixed.get(template, 0) + 1
        else:
            shapes.setdefault(template, _Shape(template)).triples.append((value, numbers))
    if unfit > 0.3 * len(values) or not (shapes or fixed):
        return None
    kind = "timestamp" if "timestamp" in kinds else "date"
    has_offset = offsets == {True}
    return _ordered(kind, has_offset, list(shapes.values()), list(fixed), counts, unfit)


def _read(value: str) -> tuple[str, tuple[int, int] | None, str, bool] | None:
    """Return a value's template (with {order} parts), its two numbers, its kind, its offset."""
    if day := _WEEKDAY.match(value):
        read = _read(value[day.end() :])
        name = "%a" if len(day["name"]) == 3 else "%A"
        return read and (f"{name}{day['gap']}{read[0]}", *read[1:])
    if match := _ISO.fullmatch(value):
        time = _time_format(value[10:].strip(" T")) if len(value) > 10 else ""
        gap = value[10] if len(value) > 10 else ""
        return f"%Y-%m-%d{gap}{time}", None, "timestamp" if time else "date", bool(match["z"])
    if match := _BASIC.fullmatch(value):
        zone = match["z"] or ""
        zone = zone if zone in ("Z", "") else "%z"
        seconds = "%S" if match["s"] else ""
        return f"%Y%m%dT%H%M{seconds}{zone}", None, "timestamp", bool(zone)
    if match := _ASN1.fullmatch(value):
        part = match["f"][0] + ("%n" if len(match["f"]) > 7 else "%f") if match["f"] else ""
        zone = "Z" if match["z"] == "Z" else "%z"
        year = "%Y" if match["long"] else "%y"
        return f"{year}%m%d%H%M%S{part}{zone}", None, "timestamp", True
    match = _DATE.match(value)
    if not match:
        return None
    rest = value[match.end() :]
    # 2024.03.01. ends in a mark, in Hungary and on the Balkans
    gap = _GAP.match(rest)[0]
    time = ""
    if rest[len(gap) :]:
        if not gap or not (time := _time_format(rest[len(gap) :])):
            return None
    elif gap not in ("", "."):
        return None
    kind = "timestamp" if time else "date"
    has_offset = re.search("(%z|Z|z)( ?[a-zA-Z]*)?$", time) is not None
    if match["s5"]:
        if not time:
            return None  # 2026-001 alone is as well a number
        return f"%Y{match['s5']}%j{gap}{time}", None, kind, has_offset
    if match["s6"] is not None:
        return f"%G{match['s6']}W%V{match['s6']}%u{gap}{time}", None, kind, has_offset
    if match["one"]:
        mark = match["s1"]
        if not (int(match["two"]) <= 12 and int(match["three"]) <= 31):
            return None
        return f"%Y{mark}%m{mark}%d{gap}{time}", None, kind, has_offset
    if match["mon"] or match["mon2"]:
        name = (match["mon"] or match["mon2"]).lower()
        if name not in _MONTHS:
            return None
        month = "%b" if len(name) == 3 else "%B"
        if match["mon2"]:
            comma = "," if "," in match[0] else ""
            return f"{month} %d{comma} %Y{gap}{time}", None, kind, has_offset
        year = "%Y" if len(match["year"]) == 4 else "%y"
        return f"%d{match['s3']}{month}{match['s4']}{year}{gap}{time}", None, kind, has_offset
    year = "%Y" if len(match["c"]) == 4 else "%y"
    mark = match["s2"]
    template = f"{{0}}{mark}{{1}}{mark}{year}{gap}{time}"
    return template, (int(match["a"]), int(match["b"])), kind, has_offset


def _time_format(text: str) -> str:
    match = _TIME.fullmatch(text)
    if not match:
        return ""
    hour = "%I" if match["p"] else "%H"
    seconds = "%S" if match["s"] else ""
    mark = match["t"]
    parts = f"{hour}{mark}%M" + (f"{mark}{seconds}" if seconds else "")
    if fraction := match["f"]:
        # the engine reads up to six digits by %f, nine by %n (Oracle's FF)
        parts += fraction[0] + ("%n" if len(fraction) > 7 else "%f")
    parts += f"{match['gap']}%p" if match["p"] else match["gap"]
    if match["z"]:
        # The engine reads +00:00 by %z, but not Z: that stands for itself.
        zone = match["z"] if match["z"] in "Zz" else "%Z" if match["z"].isalpha() else "%z"
        parts += match["zgap"] + zone
    word = match["word"] or ""
    between = " " if word and text.removesuffix(word).endswith(" ") else ""
    return parts.rstrip() + between + word


def _times_of_day(values: list[str]) -> Moments | None:
    # 12.30 alone is a number
    formats = Counter(_time_format(value) if ":" in value else "" for value in values)
    unfit = formats.pop("", 0)
    if not formats or unfit > 0.05 * len(values):
        return None
    return Moments("time", formats=tuple(sorted(formats)), unfit=unfit)


def _packed(values: list[str]) -> Moments | None:
    """20261124 and 20261124101500: digits that are a date and lie in a plausible year."""
    lengths = {len(value) for value in values if value.isdigit()}
    if len(lengths) != 1 or not (pattern := _PACKED.get(lengths.pop())):
        return None
    good = 0
    for value in values:
        try:
            good += _FIRST.year - 20 <= datetime.strptime(value, pattern).year <= _LAST.year
        except ValueError:
            continue
    if good < NEARLY_ALL * len(values):
        return None
    kind = "date" if pattern == "%Y%m%d" else "timestamp"
    # three digits of a second are %g to the engine
    return Moments(kind, formats=(pattern.replace("%f", "%g"),), unfit=len(values) - good)


def epoch_of(values: list[str]) -> str | None:
    """Return the unit in which whole numbers are moments between 2000 and 2040.

    A nought is none of them, for many systems write it where nothing has happened yet; and a few
    faults are quarantined by the same unit.
    """
    told = [value for value in values if value.strip("0.")]
    numbers = [int(value) for value in told if re.fullmatch(r"\d{9,19}", value)]
    if not numbers or len(numbers) < NEARLY_ALL * len(told):
        return None
    first, last = _FIRST.timestamp(), _LAST.timestamp()
    for unit, factor in _EPOCHS.items():
        fitting = sum(first * factor <= number <= last * factor for number in numbers)
        if fitting >= NEARLY_ALL * len(told):
            return unit
    return None


def _ordered(
    kind: str,
    has_offset: bool,
    shapes: list[_Shape],
    fixed: list[str],
    counts: dict[str, int],
    unfit: int,
) -> Moments:
    """Decide the order of day and month, if the values prove it."""
    formats, rivals = list(fixed), []
    is_mixed, example = False, None
    for shape in shapes:
        fitting = {
            order: [(value, pair) for value, pair in shape.triples if _fits(pair, order)]
            for order in _ORDERS
        }
        both = [each for each in fitting["dmy"] if each in fitting["mdy"]]
        only = {order: len(fitting[order]) - len(both) for order in _ORDERS}
        unfit += len(shape.triples) - len(both) - sum(only.values())
        by_order = {
            "dmy": shape.template.format("%d", "%m"),
            "mdy": shape.template.format("%m", "%d"),
        }
        if shape.may_begin_with_year():
            year_first = shape.template.replace("%y", "%d").format("%y", "%m")
            rivals = [by_order[order] for order in _ORDERS if fitting[order]] + [year_first]
            example = shape.triples[0][0]
        elif only["dmy"] and only["mdy"]:
            is_mixed, rivals = True, [by_order["dmy"], by_order["mdy"]]
        elif only["dmy"] or only["mdy"]:
            order = "dmy" if only["dmy"] else "mdy"
            formats.append(by_order[order])
            if _is_swapped(fitting[order], both, order, counts):
                is_mixed, rivals = True, [by_order["dmy"], by_order["mdy"]]
                example = both[0][0]
        elif "." in shape.template[3:6]:
            formats.append(by_order["dmy"])  # nobody writes the month before a dot first
        elif both:
            rivals, example = [by_order["dmy"], by_order["mdy"]], both[0][0]
    return Moments(
        kind, tuple(dict.fromkeys(formats)), tuple(rivals), is_mixed, has_offset, None, example,
        unfit,
    )  # fmt: skip


def _fits(pair: tuple[int, int], order: str) -> bool:
    return all(number in _DAYS[part] for number, part in zip(pair, order[:2], strict=True))


def _is_swapped(
    fitting: list[tuple[str, tuple[int, int]]],
    both: list[tuple[str, tuple[int, int]]],
    order: str,
    counts: dict[str, int],
) -> bool:
    """Tell whether values that fit both orders lie in months that only the other order explains.

    Dates whose day is above 12 tell which months the data is of. Where dates up to the 12th lie
    in other months, and would lie in those months the other way round, the source mixes orders.
    """
    at = order.index("m")
    proven = {pair[at] for value, pair in fitting if (value, pair) not in both}
    odd = sum(
        counts[value] for value, pair in both if pair[at] not in proven and pair[1 - at] in proven
    )
    total = sum(counts[value] for value, _ in fitting)
    return odd >= _FEW and odd > 0.02 * total
