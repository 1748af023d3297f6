"""A scorecard as one SQL query: score, and the strongest themes with the column that leads each.

Only constants of the scorecard itself enter the text, and names from the caller's own lists. The
query reads one table once, joins nothing, and runs on DuckDB and on Spark.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from ml.columns import ISO_DATE, NUMBER, WHOLE
from ml.curves import Axis, Curve, PairTable, Pieces
from ml.explain import SMALLEST, Catalogue
from ml.scorecard import Scorecard

TOP = 3
_DATES = ("date", "timestamp")
# Names of the query's own columns; engines do not tell X0 from x0.
_OWN = re.compile(
    r"[xpqctkr]\d+|m\d+_\d+|score|logit|(theme|feature|contribution)_\d+", re.IGNORECASE
)
# What Python's strip takes away; trim alone takes blanks only.
_SPACES = "".join(chr(code) for code in range(0x3001) if chr(code).isspace())


@dataclass(frozen=True)
class Dialect:
    """What two engines write differently."""

    quote: str
    double: str
    is_number: str
    days: str
    list_open: str
    list_close: str
    trim: str
    matches: str
    span: str
    number_suffix: str = ""
    has_enums: bool = False

    def name(self, text: str) -> str:
        """Return a quoted identifier."""
        return self.quote + text.replace(self.quote, 2 * self.quote) + self.quote

    def number(self, value: float) -> str:
        """Return a constant that the engine reads back as the very same double."""
        told = repr(float(value))
        return (told if "e" in told else f"{told}e0") + self.number_suffix

    def text(self, value: str) -> str:
        """Return a quoted text."""
        told = value.replace("'", "''")
        if self.quote == "`":
            told = value.replace("\\", "\\\\").replace("'", "\\'")
        return f"'{told}'"


DUCKDB = Dialect(
    '"',
    "double",
    "isfinite({})",
    "epoch({}) / 86400.0e0",
    "[",
    "][{}]",
    "trim({}, {})",
    "regexp_full_match({}, {})",
    "epoch({}) / 86400.0e0",
    has_enums=True,
)
SPARK = Dialect(
    "`",
    "double",
    "not isnan({0}) and abs({0}) < double('Infinity')",
    "unix_micros(cast({} as timestamp)) / 86400000000.0e0D",
    "element_at(array(",
    "), {})",
    "btrim({}, {})",
    "{} rlike concat('^(', {}, ')$')",
    "unix_micros(timestamp_micros(0) + {}) / 86400000000.0e0D",
    "D",
)


def score_sql(
    card: Scorecard,
    source: str,
    keys: list[str],
    types: dict[str, str],
    catalogue: Catalogue | None = None,
    dialect: Dialect = DUCKDB,
    top: int = TOP,
) -> str:
    """Return a query that gives score, logit and, with a catalogue, the strongest reasons.

    Parameters
    ----------
    card : Scorecard
    source : str
        Schema and name of the table or view to read, parts divided by a dot.
    keys : list of str
        Columns of the table to carry along.
    types : dict of str to str
        SQL type of each column of the table (`describe`).
    catalogue : Catalogue, optional
        Themes of the columns; without, no reasons.
    dialect : Dialect
    top : int, default=3
        Reasons that raise the risk, at most.

    Returns
    -------
    str
        Columns: keys, score, logit and, per reason n, theme_n, feature_n, contribution_n (null
        where fewer themes add at least 0.02 logits).
    """
    names = card.encoder.names_
    absent = [name for name in [*names, *keys] if name not in types]
    if absent:
        raise ValueError(f"{source} has no columns {absent}; build the features the model read")
    taken = [key for key in keys if _OWN.fullmatch(key)]
    if taken:
        raise ValueError(f"{source}: keys {taken} are names the query gives itself; rename them")
    told = [dialect.name(key) for key in keys]
    table = ".".join(dialect.name(part) for part in source.split("."))
    used = {position for position, curve in enumerate(card.curves) if not _is_flat(curve)}
    used |= {position for pair in card.pairs for position in (pair.first, pair.second)}
    stages = []
    read = [_read(card, position, types, dialect) for position in sorted(used)]
    stages.append(("values_read", _select([*told, *read], table)))
    places, place_of = _places(card, dialect)
    if places:
        stages.append(("places", _select(["*", *places], "values_read")))
        tables = [_table(pair, n, place_of, dialect) for n, pair in enumerate(card.pairs)]
        stages.append(("tables", _select(["*", *tables], "places")))
    parts = [_part(card, position, dialect) for position in range(len(names))]
    stages.append(("parts", _select([*told, *parts], stages[-1][0])))
    if catalogue is None:
        total = " + ".join([dialect.number(card.base), *(f"c{i}" for i in range(len(names)))])
        stages.append(("sums", _select([*told, f"{total} as logit"], "parts")))
        found: list[str] = []
    else:
        found = _reasons(stages, names, catalogue, dialect, card.base, top)
    score = (
        "case when logit >= 0.0e0 then 1.0e0 / (1.0e0 + exp(-logit)) "
        "else exp(logit) / (1.0e0 + exp(logit)) end as score"
    ).replace("e0", f"e0{dialect.number_suffix}")
    last = _select([*told, score, "logit", *found], stages[-1][0])
    parts = ",\n".join(f"{name} as (\n{body}\n)" for name, body in stages)
    return f"with\n{parts}\n{last}"


def _select(columns: Iterable[str], table: str) -> str:
    listed = ",\n    ".join(columns)
    return f"select\n    {listed}\nfrom {table}"


def _is_flat(curve: Pieces | Curve) -> bool:
    values = curve.bases if isinstance(curve, Pieces) else curve.levels
    slopes = curve.slopes if isinstance(curve, Pieces) else np.zeros(1)
    return bool((values == curve.missing).all() and not slopes.any())


def _read(card: Scorecard, position: int, types: dict[str, str], dialect: Dialect) -> str:
    """Return a raw column as the encoder sees it: a double, or a level (its code, or its text)."""
    name = card.encoder.names_[position]
    column, kind = dialect.name(name), types[name].lower()
    if card.encoder.kinds_[position] != NUMBER:
        text = _as_word(column, kind, dialect)
        trimmed = dialect.trim.format(text, dialect.text(_SPACES))
        if not dialect.has_enums:
            return f"{trimmed} as x{position}"
        # The code of its level. Trimming costs more than the look-up: only what is not found.
        levels = ", ".join(dialect.text(str(level)) for level in card.encoder.levels_[name])
        return (
            f"enum_code(coalesce(try_cast({text} as enum({levels})), "
            f"try_cast({trimmed} as enum({levels})))) + 1 as x{position}"
        )
    if kind.startswith(_DATES):
        return f"{dialect.days.format(column)} as x{position}"
    if kind.startswith("interval"):
        return f"{dialect.span.format(column)} as x{position}"
    if kind in ("varchar", "string"):
        text = dialect.trim.format(column, dialect.text(_SPACES))
        is_date = dialect.matches.format(text, dialect.text(ISO_DATE))
        days = dialect.days.format(f"try_cast({text} as timestamp)")
        # An engine may read 1_000 as a number; the encoder does not.
        number = f"try_cast(replace({text}, '_', '?') as {dialect.double})"
        return f"coalesce({number}, case when {is_date} then {days} end) as x{position}"
    return f"cast({column} as {dialect.double}) as x{position}"


def _as_word(column: str, kind: str, dialect: Dialect) -> str:
    """Return a column as the text the encoder makes of it: True is no `true`, 3.0 is 3."""
    text = "varchar" if dialect.has_enums else "string"
    if kind == text:
        return column
    if kind == "boolean":
        return f"case when {column} then 'True' when not {column} then 'False' end"
    told = f"cast({column} as {text})"
    if kind not in ("double", "float", "real"):
        return told
    is_whole = f"abs({column}) < {dialect.number(WHOLE)} and floor({column}) = {column}"
    return f"case when {is_whole} then cast(cast({column} as bigint) as {text}) else {told} end"


def _tree(
    x: str, cuts: list[str], leaves: list[str], compare: str, low: int = 0, high: int | None = None
) -> str:
    """Return nested cases that find a value's leaf in log2(n) comparisons."""
    high = len(leaves) - 1 if high is None else high
    if low == high:
        return leaves[low]
    middle = (low + high) // 2
    left = _tree(x, cuts, leaves, compare, low, middle)
    right = _tree(x, cuts, leaves, compare, middle + 1, high)
    return f"case when {x} {compare} {cuts[middle]} then {left} else {right} end"


def _by_number(x: str, edges: np.ndarray, leaves: list[str], missing: str, dialect: Dialect) -> str:
    cuts = [dialect.number(edge) for edge in edges]
    is_number = dialect.is_number.format(x)
    return f"case when {is_number} then {_tree(x, cuts, leaves, '<=')} else {missing} end"


def _by_level(x: str, levels: np.ndarray, leaves: list[str], missing: str, dialect: Dialect) -> str:
    """Levels stand in the order of their bytes, so texts are found by halving as well."""
    if dialect.has_enums:
        found = f"{dialect.list_open}{', '.join(leaves)}{dialect.list_close.format(x)}"
        return f"coalesce({found}, {missing})"
    told = [dialect.text(str(level)) for level in levels]
    hits = [
        f"case when {x} = {level} then {leaf} else {missing} end"
        for level, leaf in zip(told, leaves, strict=True)
    ]
    return f"case when {x} is null then {missing} else {_tree(x, told, hits, '<=')} end"


def _places(card: Scorecard, dialect: Dialect) -> tuple[list[str], dict[tuple[int, str], str]]:
    """Return one expression per column and axis that pairs need, and what each is called."""
    expressions: list[str] = []
    names: dict[tuple[int, str], str] = {}
    for pair in card.pairs:
        for position, axis in ((pair.first, pair.first_axis), (pair.second, pair.second_axis)):
            key = (position, _said(axis))
            if key in names:
                continue
            names[key] = f"p{len(names)}"
            x, missing = f"x{position}", str(axis.missing)
            if len(axis.places):
                name = card.encoder.names_[position]
                levels = card.encoder.levels_[name][: len(axis.places)]
                leaves = [str(int(place)) for place in axis.places]
                told = _by_level(x, levels, leaves, missing, dialect)
            else:
                leaves = [str(place) for place in range(1, len(axis.edges) + 2)]
                told = _by_number(x, axis.edges, leaves, missing, dialect)
            expressions.append(f"{told} as {names[key]}")
    return expressions, names


def _table(pair: PairTable, n: int, place_of: dict[tuple[int, str], str], dialect: Dialect) -> str:
    """Return what two columns add together, looked up by their places."""
    first = place_of[pair.first, _said(pair.first_axis)]
    second = place_of[pair.second, _said(pair.second_axis)]
    values = ", ".join(dialect.number(value) for value in pair.table.ravel())
    place = f"{first} * {pair.table.shape[1]} + {second} + 1"
    return f"{dialect.list_open}{values}{dialect.list_close.format(place)} as q{n}"


def _said(axis: Axis) -> str:
    return f"{axis.edges.tolist()}{axis.places.tolist()}{axis.missing}"


def _part(card: Scorecard, position: int, dialect: Dialect) -> str:
    """Return what one column adds: its curve and half of each of its pairs."""
    number: Callable[[float], str] = dialect.number
    curve, x = card.curves[position], f"x{position}"
    if _is_flat(curve):
        told = [number(curve.missing)]
    elif isinstance(curve, Pieces):
        leaves = [
            number(base) if slope == 0 else f"{number(base)} + {number(slope)} * {x}"
            for base, slope in zip(curve.bases, curve.slopes, strict=True)
        ]
        told = [_by_number(x, curve.edges, leaves, number(curve.missing), dialect)]
    else:
        levels = card.encoder.levels_[card.encoder.names_[position]][: len(curve.levels)]
        leaves = [number(value) for value in curve.levels]
        told = [_by_level(x, levels, leaves, number(curve.missing), dialect)]
    told += [
        f"q{n} / 2" for n, pair in enumerate(card.pairs) if position in (pair.first, pair.second)
    ]
    return " + ".join(told) + f" as c{position}"


def _reasons(
    stages: list[tuple[str, str]],
    names: list[str],
    catalogue: Catalogue,
    dialect: Dialect,
    base: float,
    top: int,
) -> list[str]:
    """Add the stages that find the strongest themes; return the columns that tell them."""
    theme_of = [catalogue.entry(name)["theme"] for name in names]
    themes = [theme for theme in catalogue.themes if theme in set(theme_of)]
    own = {theme: [i for i, t in enumerate(theme_of) if t == theme] for theme in themes}
    sums = [" + ".join(f"c{i}" for i in own[theme]) + f" as t{k}" for k, theme in enumerate(themes)]
    stages.append(("themes", _select(["*", *sums], "parts")))
    logit = " + ".join([dialect.number(base), *(f"t{k}" for k in range(len(themes)))])
    stages.append(("sums", _select(["*", f"{logit} as logit"], "themes")))
    least, lowest = dialect.number(SMALLEST), dialect.number(-1e300)
    columns = []
    for rank in range(1, min(top, len(themes)) + 1):
        # What was told already is out of the race.
        left = [f"t{k}" for k in range(len(themes))]
        if rank > 1:
            left = [f"m{rank}_{k}" for k in range(len(themes))]
            before = "t" if rank == 2 else f"m{rank - 1}_"
            masked = [
                f"case when k{rank - 1} = {k} then {lowest} else {before}{k} end as {masked_name}"
                for k, masked_name in enumerate(left)
            ]
            stages.append((f"left_{rank}", _select(["*", *masked], stages[-1][0])))
        best = f"greatest({', '.join(left)})" if len(left) > 1 else left[0]
        stages.append((f"best_{rank}", _select(["*", f"{best} as r{rank}"], stages[-1][0])))
        cases = " ".join(f"when {value} = r{rank} then {k}" for k, value in enumerate(left))
        found = f"case {cases} end as k{rank}"
        stages.append((f"theme_{rank}", _select(["*", found], stages[-1][0])))
        is_told = f"r{rank} >= {least}"
        theme = ", ".join(dialect.text(theme) for theme in themes)
        theme = f"{dialect.list_open}{theme}{dialect.list_close.format(f'k{rank} + 1')}"
        leader = " ".join(
            f"when {k} then {_leader(own[theme], names, dialect)}" for k, theme in enumerate(themes)
        )
        columns += [
            f"case when {is_told} then {theme} end as theme_{rank}",
            f"case when {is_told} then case k{rank} {leader} end end as feature_{rank}",
            f"case when {is_told} then r{rank} end as contribution_{rank}",
        ]
    return columns


def _leader(positions: list[int], names: list[str], dialect: Dialect) -> str:
    """Return the case that names the column with the greatest contribution in a theme."""
    if len(positions) == 1:
        return dialect.text(names[positions[0]])
    greatest = f"greatest({', '.join(f'c{i}' for i in positions)})"
    cases = " ".join(
        f"when c{i} = {greatest} then {dialect.text(names[i])}" for i in positions[:-1]
    )
    return f"case {cases} else {dialect.text(names[positions[-1]])} end"
