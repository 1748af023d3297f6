"""What the simulated operator delivered, read by DuckDB from the files themselves.

No line of `ingest/` or of the models has a part in it: the independent metrics
(independent_metrics.py) must not inherit a mistake of ours.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import duckdb
import pandas
import python_calamine

CSV = {  # feed: (delimiter, encoding)
    "interactions": ("|", "utf-8"),
    "service_orders": (",", "utf-8"),
    "service_order_events": (",", "utf-8"),
    "appointments": (",", "utf-8"),
    "customers": (";", "cp1251"),
}
JSON = ("tickets", "product_orders", "problems", "products", "services", "resources")
PARQUET = ("usage_daily", "voice_monthly", "adjustments", "accounts", "payments")
XLSX = ("surveys",)


def _texts(path: Path, feed: str) -> pandas.DataFrame:
    """Lines of a file as texts, with the line each came from; torn ones left out."""
    if feed in CSV:
        delimiter, encoding = CSV[feed]
        with path.open(encoding=encoding, newline="") as file:
            rows = list(csv.reader(file, delimiter=delimiter))
    else:
        sheet = python_calamine.load_workbook(path).get_sheet_by_name("Export")
        rows = [["" if v is None else str(v) for v in row] for row in sheet.to_python()]
    names = ["line_1" if name.lower() == "line" else name.lower() for name in rows[0]]
    whole = [(*row, path.name, n) for n, row in enumerate(rows) if n and len(row) == len(names)]
    return pandas.DataFrame(whole, columns=[*names, "file", "line"])


def _documents(path: Path) -> pandas.DataFrame:
    texts = path.read_text(encoding="utf-8").splitlines()
    rows = []
    for number, text in enumerate(texts):
        try:
            document = json.loads(text.rstrip().rstrip(",") if path.suffix == ".json" else text)
        except json.JSONDecodeError:
            continue
        if isinstance(document, dict):
            rows.append((json.dumps(document), path.name, number))
    return pandas.DataFrame(rows, columns=["doc", "file", "line"])


def delivered(extracts: Path) -> duckdb.DuckDBPyConnection:
    """An engine of its own that holds what the files under a folder tell."""
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'; set threads = 2")
    for feed in (*CSV, *XLSX, *JSON):
        files = sorted(extracts.glob(f"*/{feed}_[0-9]*.*"))
        lines = pandas.concat([_documents(f) if feed in JSON else _texts(f, feed) for f in files])
        connection.register("lines", lines)
        column = "* replace (doc::json as doc)" if feed in JSON else "*"
        connection.execute(f"create table {feed} as select {column} from lines")
    for feed in PARQUET:
        pattern = str(extracts / "*" / f"{feed}_[0-9]*.parquet")
        connection.execute(f"create view {feed} as from read_parquet('{pattern}', filename = true)")
    connection.execute((Path(__file__).parent / "delivered.sql").read_text(encoding="utf-8"))
    return connection
