"""Made-up deliveries for the ingest benchmark: by seed, set-based, with the contracts that fit."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path

import duckdb

# What a bare load gives the columns; the intake's types, nothing wider.
CALLS = {
    "interaction_id": "varchar",
    "customer_id": "varchar",
    "product_id": "varchar",
    "channel": "varchar",
    "direction": "varchar",
    "reason": "varchar",
    "is_human_handled": "boolean",
    "team_id": "varchar",
    "ticket_id": "varchar",
    "is_resolved_first": "boolean",
    "transfers": "bigint",
    "talk_seconds": "bigint",
    "hold_seconds": "bigint",
    "started_at": "timestamp",
    "ended_at": "timestamp",
}
IDENTIFIED = CALLS | {"phone": "varchar", "email": "varchar"}
USAGE = {
    "product_id": "varchar",
    "usage_type": "varchar",
    "started_at": "timestamp",
    "ended_at": "timestamp",
    "quantity": "double",
    "unit": "varchar",
    "charged_amount": "decimal(18, 4)",
}
# The parts of a TM Forum product a contract reads, as DuckDB's own reader is told them.
PRODUCT = {
    "id": "varchar",
    "status": "varchar",
    "startDate": "timestamp",
    "terminationDate": "timestamp",
    "productOffering": "struct(id varchar)",
    "billingAccount": "struct(id varchar)",
    "relatedParty": "struct(id varchar)[]",
    "productCharacteristic": 'struct("name" varchar, "value" varchar)[]',
    "productPrice": "struct(price struct(taxIncludedAmount struct(value decimal(18, 4))))[]",
    "place": "struct(id varchar)[]",
}
PRODUCT_FIELDS = {
    "product_id": ("$.id", "id"),
    "customer_id": ("$.relatedParty[0].id", "relatedParty[1].id"),
    "account_id": ("$.billingAccount.id", "billingAccount.id"),
    "offering_id": ("$.productOffering.id", "productOffering.id"),
    "status": ("$.status", "status"),
    "contract_type": ("$.productCharacteristic[0].value", 'productCharacteristic[1]."value"'),
    "monthly_charge": (
        "$.productPrice[0].price.taxIncludedAmount.value",
        "productPrice[1].price.taxIncludedAmount.value",
    ),
    "location_id": ("$.place[0].id", "place[1].id"),
    "started_at": ("$.startDate", "startDate"),
    "ended_at": ("$.terminationDate", "terminationDate"),
}
BAD_EVERY, TORN_EVERY = 10_000, 100_000
_ISO = "'%Y-%m-%dT%H:%M:%S'"


def calls_sql(first: int, rows: int, seed: int, customers: int, *, identified: bool = False) -> str:
    """Return a select of contacts; row i is the same in every run of a seed."""
    person = f"(h % {customers})"
    identifiers = (
        f", '8 7' || lpad(({person} * 7919 % 1000000000)::varchar, 9, '0') as phone, "
        f"'person' || {person} || '@mail' || {person} % 7 || '.example' as email"
    )
    return f"""
        select
            'I' || lpad(i::varchar, 12, '0') as interaction_id,
            'C' || lpad({person}::varchar, 9, '0') as customer_id,
            'P' || lpad((h // 11 % {customers} * 2)::varchar, 10, '0') as product_id,
            ['phone', 'chat', 'shop', 'app', 'web', 'ivr'][h // 7 % 6 + 1] as channel,
            case when h % 10 < 8 then 'inbound' else 'outbound' end as direction,
            ['fault', 'billing', 'order', 'move', 'cancel', 'info', 'roaming'][h // 3 % 7 + 1]
                as reason,
            h % 3 = 0 as is_human_handled,
            case when h % 3 = 0 then 'T' || lpad((h // 13 % 400)::varchar, 4, '0') end as team_id,
            case when h % 17 = 0 then 'TT' || lpad((h // 5 % 3000000)::varchar, 8, '0') end
                as ticket_id,
            h // 19 % 2 = 0 as is_resolved_first,
            h // 23 % 4 as transfers,
            h // 29 % 1800 as talk_seconds,
            h // 31 % 300 as hold_seconds,
            strftime(t, {_ISO}) as started_at,
            strftime(t + to_seconds(60 + (h // 29 % 1800)::bigint), {_ISO}) as ended_at
            {identifiers if identified else ""}
        from (
            select
                range as i,
                (hash(range + {seed}) // 2)::bigint as h,
                timestamp '2026-01-01' + to_seconds(range * 3) as t
            from range({first}, {first + rows})
        )
    """


def usage_sql(first: int, rows: int, seed: int, customers: int) -> str:
    """Return a select of usage records."""
    return f"""
        select
            'P' || lpad((h % {customers})::varchar, 10, '0') as product_id,
            ['data', 'voice_out', 'voice_in', 'sms'][h // 7 % 4 + 1] as usage_type,
            strftime(t, {_ISO}) as started_at,
            strftime(t + interval 1 hour, {_ISO}) as ended_at,
            round(h // 3 % 100000000 / 12347.0, 3) as quantity,
            ['MB', 'min', 'min', 'count'][h // 7 % 4 + 1] as unit,
            (h // 5 % 900000 / 10000.0)::decimal(18, 4) as charged_amount
        from (
            select
                (hash(range + {seed}) // 2)::bigint as h,
                timestamp '2026-01-01' + to_seconds(range) as t
            from range({first}, {first + rows})
        )
    """


def products_sql(first: int, rows: int, seed: int, customers: int) -> str:
    """Return a select of TM Forum products (TMF637), nested as they come."""
    return f"""
        select
            'P' || lpad(i::varchar, 10, '0') as id,
            '/tmf-api/productInventory/v4/product/P' || lpad(i::varchar, 10, '0') as href,
            'Mobile ' || h % 40 as name,
            false as "isBundle",
            ['active', 'suspended', 'terminated'][h // 7 % 3 + 1] as status,
            strftime(t, '%Y-%m-%dT%H:%M:%SZ') as "startDate",
            case when h // 7 % 3 = 2 then strftime(t + interval 90 day, '%Y-%m-%dT%H:%M:%SZ') end
                as "terminationDate",
            {{id: 'O' || h % 40, name: 'Offer ' || h % 40, '@referredType': 'ProductOffering'}}
                as "productOffering",
            {{id: 'A' || h % {customers}, '@referredType': 'BillingAccount'}} as "billingAccount",
            [{{id: 'C' || lpad((h % {customers})::varchar, 9, '0'), role: 'customer',
               '@referredType': 'Individual'}}] as "relatedParty",
            [{{name: 'contractType', value: ['monthly', 'one_year'][h // 3 % 2 + 1]}},
             {{name: 'simType', value: ['esim', 'plastic'][h // 5 % 2 + 1]}}]
                as "productCharacteristic",
            [{{name: 'fee', priceType: 'recurring', recurringChargePeriod: 'month',
               price: {{taxRate: 12, taxIncludedAmount: {{unit: 'KZT',
               value: (h // 9 % 9000000 / 1000.0)::decimal(12, 3)}}}}}}] as "productPrice",
            [{{id: 'L' || h % 600, role: 'installation'}}] as place,
            'Product' as "@type"
        from (
            select
                range as i,
                (hash(range + {seed}) // 2)::bigint as h,
                timestamp '2024-01-01' + to_seconds(range * 31) as t
            from range({first}, {first + rows})
        )
    """


def make(root: Path, names: set[str], *, rows: int, files: int, seed: int, sample: int) -> None:
    """Write the deliveries named, each into a folder of its own under root."""
    connection = duckdb.connect(config={"threads": "2"})
    customers = max(rows // 20, 1)
    per_file = rows // files

    def write(folder: str, suffix: str, select: str, number: int, options: str) -> None:
        path = root / folder / f"part_{number:03}.{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        connection.execute(f"copy ({select}) to '{path}' ({options})")

    csv, bar = "format csv, header true", "format csv, header false, quote '', delimiter '\x01'"
    lines = (
        "read_csv('{path}', columns = {{line: 'varchar'}}, delim = '\x01', quote = '', "
        "escape = '', header = false, auto_detect = false)"
    )
    for number in range(files):
        at = (number * per_file, per_file, seed, customers)
        plain = root / "calls" / f"part_{number:03}.csv"
        write("calls", "csv", calls_sql(*at), number, csv)
        if "usage" in names:
            write("usage", "csv", usage_sql(*at), number, csv)
        if "identified" in names:
            write("identified", "csv", calls_sql(*at, identified=True), number, csv)
        if "calls_bad" in names:
            bad = (
                "* replace (case when row_number() over () % "
                f"{BAD_EVERY} = 77 then '12 min' else talk_seconds::varchar end as talk_seconds)"
            )
            write("calls_bad", "csv", f"select {bad} from ({calls_sql(*at)})", number, csv)
        if "calls_torn" in names:
            torn = (
                f"select case when row_number() over () % {TORN_EVERY} = 77 "
                f"then line[:len(line) // 2] else line end from {lines.format(path=plain)}"
            )
            write("calls_torn", "csv", torn, number, bar)
        if "calls_parquet" in names:
            typed = ", ".join(f"{name}::{kind} as {name}" for name, kind in CALLS.items())
            select = f"select {typed} from ({calls_sql(*at)})"
            write("calls_parquet", "parquet", select, number, "format parquet")
        if "calls_quoted" in names:
            write("calls_quoted", "csv", calls_sql(*at), number, csv + ", force_quote *")
        if "calls_gz" in names:
            packed = root / "calls_gz" / f"{plain.name}.gz"
            packed.parent.mkdir(exist_ok=True)
            with plain.open("rb") as source, gzip.open(packed, "wb", compresslevel=4) as target:
                shutil.copyfileobj(source, target, 1 << 20)
        if "products" in names:
            few = (number * (per_file // 4), per_file // 4, seed, customers)
            write("products", "ndjson", products_sql(*few), number, "format json")
    if "sample" in names:
        write("sample", "csv", calls_sql(0, sample, seed, customers), 0, csv)
    write("one", "csv", calls_sql(0, 1, seed, 1), 0, csv)
    connection.close()


def contract(folder: str) -> dict:
    """Return the body of the contract for one folder of deliveries."""
    form, entity = "csv", "interaction"
    columns: dict[str, object] = {name: name for name in CALLS}
    if folder == "identified":
        columns["contact_number"] = "phone"
        columns["customer_id"] = {"from": "email", "token": "email"}
    elif folder == "usage":
        entity, columns = "usage", {name: name for name in USAGE}
    elif folder == "calls_parquet":
        form = "parquet"
    elif folder == "products":
        form, entity = "ndjson", "product"
        columns = {name: path for name, (path, _) in PRODUCT_FIELDS.items()}
    mapping = {"entity": entity, "columns": columns}
    feed = {"feed": "rows", "files": "part_*", "format": form, "entities": [mapping]}
    return {
        "source_system": "bench",
        "title": "Benchmark",
        "country_code": "7",
        "trunk_prefix": "8",
        "feeds": [feed | {"extracted_at": {"value": "2026-10-01"}}],
    }


def bare_sql(folder: Path) -> str:
    """Return the select that reads a folder of deliveries with the engine alone."""
    files = f"'{folder}/part_*'"
    if folder.name == "calls_parquet":
        return f"select * from read_parquet({files})"
    if folder.name == "products":
        listed = ", ".join(f"'{name}': '{kind}'" for name, kind in PRODUCT.items())
        chosen = ", ".join(f"{sql} as {name}" for name, (_, sql) in PRODUCT_FIELDS.items())
        return (
            f"select {chosen} from read_json({files}, columns = {{{listed}}}, "
            "format = 'newline_delimited')"
        )
    types = {"usage": USAGE, "identified": IDENTIFIED}.get(folder.name, CALLS)
    listed = ", ".join(f"'{name}': '{kind}'" for name, kind in types.items())
    packed = ", compression = 'gzip'" if folder.name == "calls_gz" else ""
    return (
        f"select * from read_csv({files}, columns = {{{listed}}}, header = true, delim = ',', "
        f"quote = '\"', auto_detect = false{packed})"
    )
