"""Promises 2, 3, 5, 6 and 7: no row lost, none swallowed, none shifted, no value changed."""

from __future__ import annotations

import datetime as dt
import random
import re
from collections import Counter
from decimal import Decimal, InvalidOperation

import duckdb
import pytest

from cx.keys import load_keys
from cx.warehouse import connected
from ingest.pseudonyms import unseal

HEAD = "id,segment,name\n"
CUSTOMER = [
    {
        "entity": "customer",
        "columns": {
            "customer_id": "id",
            "segment": "segment",
            "language": "name",
            "customer_since": "since",
        },
    }
]
LONGEST_RECORD = 20  # lines a quoted record may span, by the contract's default


def many(few: int, stated: int) -> list:
    """Return the counts of a test: few by default, the promise's own with `-m long`."""
    return [few, pytest.param(stated, marks=pytest.mark.long)]


def physical_lines(content: bytes, encoding: str = "utf-8") -> list[str]:
    """Return the lines as an editor shows them; the oracle, which shares no code with ingest."""
    text = content.decode(encoding).removeprefix("\ufeff")
    lines = re.split("\r\n|\n|\r", text)
    return lines[:-1] if lines[-1] == "" else lines


def originals(bench) -> dict[tuple[str, int], str]:
    """Return the sealed texts of the quarantined rows by (file id, row number)."""
    keys = load_keys(bench.settings)
    with connected(bench.settings, bench.settings.vault) as vault:
        sealed = vault.execute("select file_id, row_number, sealed from quarantined_text")
        return {(file, row): unseal(blob, keys) for file, row, blob in sealed.fetchall()}


# --- 2 ----------------------------------------------------------------------------------------


def dirty(chance: random.Random) -> bytes:
    """Return a csv file of rows that are clean, and of rows spoilt in every way we know."""
    spoilt = chance.random() * 0.4
    rows = []
    for number in range(chance.randrange(1, 40)):
        row = [f"C{number}", chance.choice(["gold", "серебро", "", " padded "]), "en", "2020-01-02"]
        if chance.random() < spoilt:
            row[chance.randrange(4)] = chance.choice(
                ['"', 'a"b', '"open', 'shut"', '"a""b"', '"two\nlines"', '"x,y"', '"\n\n"', '""',
                 "\ufffd", "nul\0", "a,b", "31/12/2020", "2020-02-30", "é" * 50, "\t", "'"]
            )  # fmt: skip
        line = ",".join(row)
        way = chance.random()
        if way < spoilt / 4:
            line = line[: chance.randrange(len(line) + 1)]  # torn, or gone
        elif way < spoilt / 3:
            line = chance.choice(["", "   ", ",,,", HEAD.strip(), "---", line + ",more"])
        rows.append(line)
    end = chance.choice(["\n", "\n", "\r\n", "\r"])
    text = end.join(["id,segment,name,since", *rows]) + chance.choice([end, end, ""])
    return chance.choice([b"", b"", b"\xef\xbb\xbf"]) + text.encode()


@pytest.mark.timeout(3000)
@pytest.mark.parametrize("files", many(150, 2000))
def test_promise_02_every_line_of_a_dirty_file_is_loaded_quarantined_or_blank(bench, files):
    bench.contract(entities=CUSTOMER)
    chance, contents = random.Random(2), {}
    for number in range(files):
        contents[f"customers_{number}.csv"] = dirty(chance)
        bench.deliver(f"customers_{number}.csv", contents[f"customers_{number}.csv"])
    report = bench.load()
    ledger = {
        name: (file, state)
        for name, file, state in bench.rows(
            "select file_name, file_id::varchar, state from ops.file_ledger"
        )
    }
    loaded: dict[str, list] = {}
    for file, row, *values in bench.rows(
        "select file_id::varchar, row_number, customer_id, segment, language, "
        "customer_since::date::varchar from raw.customer"
    ):
        loaded.setdefault(file, []).append((row, values))
    refused_rows = bench.rows("select distinct file_id::varchar, row_number from quarantine.rows")
    texts, quarantined = originals(bench), {}
    for file, row in refused_rows:
        quarantined.setdefault(file, []).append(row)
    unexplained = []
    for name, content in contents.items():
        if name not in ledger:
            assert list(contents.values()).count(content) > 1  # the same bytes under two names
            continue
        file, state = ledger[name]
        if state != "loaded":
            unexplained.append(f"{name}: refused")
            continue
        lines, told = physical_lines(content), Counter({1: 1})
        for row, values in loaded.get(file, []):
            inside = sum((value or "").count("\n") for value in values)
            told.update(range(row, row + inside + 1))
            here = lines[row - 1]
            if (
                '"' not in here
                and not inside
                and [v or "" for v in values] != [each.strip(" ") for each in here.split(",")]
            ):
                unexplained.append(f"{name}, line {row}: {here!r} became {values}")
        for row in quarantined.get(file, []):
            text = texts[file, row]
            told.update(range(row, row + text.count("\n") + 1))
        for number, line in enumerate(lines, start=1):
            expected = {1} if line.strip(" ") else {0, 1}
            if told[number] not in expected:
                unexplained.append(f"{name}, line {number}: {line!r} is told {told[number]} times")
    assert unexplained == []
    assert report.rows_loaded > files * 5
    assert report.rows_quarantined > files


# --- 3 ----------------------------------------------------------------------------------------


def with_stray_quotes(chance: random.Random, number: int) -> tuple[str, list[str]]:
    """Return a file in which two quotes stand where none was meant, and its lines before that."""
    clean = [f"C{number}-{line},consumer,en" for line in range(120)]
    lines = list(clean)
    apart = chance.randrange(1, 119)
    first = chance.randrange(120 - apart)
    is_legal = chance.random() < 0.5 and apart >= LONGEST_RECORD
    if is_legal:
        # as a field that opens here and shuts there: good csv, and a hundred rows in one field
        lines[first] = lines[first].replace(",consumer", ',"consumer')
        lines[first + apart] = lines[first + apart].replace("consumer,", 'consumer",')
    else:
        for at in (first, first + apart):
            place = chance.randrange(1, len(lines[at]) - 1)
            while lines[at][place - 1] == "," or lines[at][place] == ",":
                place = chance.randrange(1, len(lines[at]) - 1)
            lines[at] = f'{lines[at][:place]}"{lines[at][place:]}'
    return HEAD + "\n".join(lines) + "\n", clean


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("files", many(40, 500))
def test_promise_03_a_stray_pair_of_quotes_swallows_no_row(bench, files):
    columns = {"customer_id": "id", "segment": "segment", "language": "name"}
    bench.contract(entities=[{"entity": "customer", "columns": columns}])
    chance, meant = random.Random(3), {}
    for number in range(files):
        text, meant[f"customers_{number}.csv"] = with_stray_quotes(chance, number)
        bench.deliver(f"customers_{number}.csv", text)
    assert bench.load().refused == []
    found = bench.rows(
        "select file_name, list((row_number, customer_id || ',' || segment || ',' || language) "
        "order by row_number) from raw.customer "
        "inner join ops.file_ledger using (file_id) group by 1"
    )
    for name, rows in found:
        # what loads is a line as it was meant; nothing is two lines in one
        assert all(meant[name][row - 2] == text for row, text in rows), name
    accounts = bench.rows("select file_name, rows_loaded, rows_quarantined from ops.file_ledger")
    texts = originals(bench)
    several = Counter()
    by_id = dict(bench.rows("select file_id::varchar, file_name from ops.file_ledger"))
    for (file, _), text in texts.items():
        several[by_id[file]] += text.count("\n")
    assert len(accounts) == files
    # line by line: a record of several lines is quarantined with all of them, and short
    assert [(name, one + other + several[name]) for name, one, other in accounts] == [
        (name, 120) for name, _, _ in accounts
    ]
    assert all(other >= 1 for _, _, other in accounts)
    assert max(text.count("\n") for text in texts.values()) < LONGEST_RECORD


# --- 5 ----------------------------------------------------------------------------------------


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("files", many(40, 200))
def test_promise_05_a_permuted_header_shifts_no_value_and_a_renamed_one_stops_the_file(
    bench, files
):
    bench.contract(entities=CUSTOMER)
    chance, shown = random.Random(5), {}
    for number in range(files):
        values = {
            "id": f"C{number}",
            "segment": f"segment {number}",
            "name": f"name {number}",
            "since": f"20{number % 90 + 10}-01-02",
        }
        change = chance.choice(["order", "order", "new", "renamed", "gone", "doubled", "no header"])
        names = list(values)
        chance.shuffle(names)
        header = list(names)
        if change == "new":
            at = chance.randrange(len(names) + 1)
            names.insert(at, "colour")
            header.insert(at, "colour")
            values["colour"] = "red"
        elif change == "renamed":
            header[header.index("segment")] = "Segment code"
        elif change == "gone":
            names.remove("segment")
            header.remove("segment")
        elif change == "doubled":
            header[header.index("name")] = "segment"
        rows = [",".join(values[name] for name in names)] * 2
        rows = rows if change == "no header" else [",".join(header), *rows]
        bench.deliver(f"customers_{number}.csv", "\n".join(rows) + "\n")
        shown[f"customers_{number}.csv"] = change
    bench.load()
    loaded = bench.rows(
        "select customer_id, segment, language, customer_since::date from raw.customer"
    )
    meant = {name for name, change in shown.items() if change in ("order", "new")}
    assert len(loaded) == 2 * len(meant)
    for customer, *others in loaded:
        number = int(customer.removeprefix("C"))
        since = dt.date(2000 + number % 90 + 10, 1, 2)
        assert others == [f"segment {number}", f"name {number}", since]
    refused = dict(
        bench.rows("select file_name, reason from ops.file_ledger where state = 'rejected'")
    )
    assert set(refused) == set(shown) - meant
    assert all("column" in reason for reason in refused.values())
    told = bench.rows("select file_name from ops.file_ledger where unmapped_columns = 'colour'")
    assert {name for (name,) in told} == {name for name, each in shown.items() if each == "new"}


# --- 6 ----------------------------------------------------------------------------------------

TEXTS = re.split(
    r"\s+",
    """0 0.0 0.0000000000000 0.00000000000001 12.50000000000000001 12.5000000000000000000 0e-400
1e-13 1e-4 1e-5 12.34e2 12e12 1e14 1.5e00000000000000001 -0.0 99999999999.99990000001 7 -7 +7 007 42
42.0 42.7 2.5 1e3 1E-2 1_000 1,000 0x1F 0X1f 1e400 -1e400 1e-400 NaN nan inf -Infinity 12.5
12.3456 12.34567 0.1 .5 5. 99999999999999.9999 100000000000000 9007199254740993
9223372036854775807 9223372036854775808 -9223372036854775808 123456789012345678901234567890 ١٢
12% 12.5EUR true yes Y 1 no f maybe 2026-01-31 2026-02-30 31/12/2025 12/31/2025 01/02/2026
31.12.2025 2026-01-31T23:59:60 2026-01-31T10:00:00 2026-01-31T10:00:00Z
2026-01-31T10:00:00+05:00 2026-01-31T10:00:00-05 20260131 2026-1-31 10:00 infinity epoch now
today - . + e x""",
)
TYPES = {
    "contract_type": "text",
    "monthly_charge": "money",
    "started_at": "timestamp",
    "quantity": "number",
    "transfers": "integer",
    "is_human_handled": "boolean",
}
WORDS = {"true": ("true", "t", "yes", "y", "1"), "false": ("false", "f", "no", "n", "0")}


def meaning(kind: str, text: str) -> object:
    """Return the one value a text can mean, by Python's own rules; None when it is none."""
    if kind == "text":
        return text
    if kind == "boolean":
        return next((word == "true" for word, all_ in WORDS.items() if text.lower() in all_), None)
    if kind == "timestamp":
        if not re.fullmatch(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(Z|[+-]\d\d(:\d\d)?)?)?", text):
            return None
        try:
            moment = dt.datetime.fromisoformat(text)
        except ValueError:
            return None
        return moment.astimezone(dt.UTC).replace(tzinfo=None) if moment.tzinfo else moment
    try:
        value = Decimal(text) if text.isascii() and "_" not in text else None
    except InvalidOperation:
        return None
    if value is None or not value.is_finite():
        return None
    if kind == "integer":
        return int(value) if value == int(value) and -(2**63) <= value < 2**63 else None
    if kind == "money":
        return value if abs(value) < 10**14 and value * 10_000 % 1 == 0 else None
    return float(text) if abs(float(text)) != float("inf") else None


@pytest.mark.parametrize("form", ["csv", "ndjson", "parquet", "careful csv"])
def test_promise_06_a_value_is_loaded_as_it_was_meant_or_quarantined(bench, form):
    """One file a type, a row a text; `careful csv` holds a blank line, so lines are split by us."""
    suffix = form.split()[-1]
    wanted = {
        "product": ("contract_type", "monthly_charge"),
        "usage": ("quantity", "started_at"),
        "interaction": ("transfers", "is_human_handled"),
    }
    keys = {
        "product": {"product_id": "n"},
        "usage": {"product_id": "n", "usage_type": {"value": "data"}},
        "interaction": {"interaction_id": "n", "started_at": {"value": "2026-01-01"}},
    }
    read = (lambda name: f"$.{name}") if form == "ndjson" else (lambda name: name)
    engine = duckdb.connect()
    for entity, columns in wanted.items():
        for column in columns:
            needed = {
                name: read(spec) if isinstance(spec, str) else spec
                for name, spec in keys[entity].items()
            }
            if entity == "usage" and column != "started_at":
                needed["started_at"] = {"value": "2026-01-01"}
            bench.contract(
                name=column,
                files=f"{column}.{suffix}",
                format=suffix,
                entities=[{"entity": entity, "columns": needed | {column: read("v")}}],
            )
            path = bench.extracts / f"{column}.{suffix}"
            if suffix == "csv":
                lines = [f"{number},{text}" for number, text in enumerate(TEXTS)]
                # a comma in a text needs quotes, and then the file has some
                lines = [re.sub(r",(1,000)$", r',"\1"', line) for line in lines]
                blank = ["", ""] if form == "careful csv" else []
                path.write_text("\n".join(["n,v", *lines, *blank]) + "\n", encoding="utf-8")
            else:
                engine.execute(
                    "copy (select (generate_subscripts($texts, 1) - 1)::varchar as n, "
                    f"unnest($texts) as v) to '{path}' "
                    f"(format {'json' if suffix == 'ndjson' else suffix})",
                    {"texts": TEXTS},
                )
    report = bench.load()
    assert report.refused == []
    for entity, columns in wanted.items():
        key = next(iter(keys[entity]))
        for column in columns:
            kind = TYPES[column]
            found = dict(
                bench.rows(
                    f"select {key}::int, {column} from raw.{entity} "
                    f"inner join ops.file_ledger using (file_id) where feed = 'customers' "
                    f"and source_system = '{column}'"
                )
            )
            quarantined = bench.rows(
                f"select count(distinct row_number) from quarantine.rows "
                f"where source_system = '{column}'"
            )[0][0]
            assert len(found) + quarantined == len(TEXTS), (form, column)
            for number, value in found.items():
                assert value == meaning(kind, TEXTS[number]), (form, column, TEXTS[number])
            # what is plain is loaded, lest "or quarantined" hide everything
            plain = {"integer": "42", "money": "12.3456", "number": "12.5", "boolean": "yes"}
            plain |= {"timestamp": "2026-01-31T10:00:00Z", "text": "007"}
            assert TEXTS.index(plain[kind]) in found, (form, column)


# --- 7 ----------------------------------------------------------------------------------------

ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1251", "koi8-r", "iso8859-5", "cp866")


def test_promise_07_every_encoding_and_line_end_loads_like_its_utf8_twin(bench):
    rows = ["id,segment"] + [f"Ж{number},бизнес {number % 7}" for number in range(50)]
    mixed = random.Random(7)
    for number, encoding in enumerate(ENCODINGS):
        bench.contract(
            name=f"crm{number}",
            files=f"customers_{number}_*.csv",
            dialect={"encoding": "utf-8" if encoding == "utf-8-sig" else encoding},
        )
        for end in range(4):
            ends = ["\n", "\r\n", "\r", None][end]
            text = "".join(row + (ends or mixed.choice(["\n", "\r\n", "\r"])) for row in rows)
            bench.deliver(f"customers_{number}_{end}.csv", text.encode(encoding))
    assert bench.load().refused == []
    found = bench.rows(
        "select list((row_number, customer_id, segment) order by row_number), "
        "count(distinct file_name) from (select file_name, md5(string_agg(row_number || "
        "customer_id || segment, '|' order by row_number)) as digest from raw.customer "
        "inner join ops.file_ledger using (file_id) group by 1) inner join ops.file_ledger "
        "using (file_name) inner join raw.customer using (file_id) group by digest"
    )
    assert len(found) == 1
    assert found[0][1] == len(ENCODINGS) * 4
    assert found[0][0][:2] == [(2, "Ж0", "бизнес 0")] * 2
    assert len(found[0][0]) == 50 * len(ENCODINGS) * 4
