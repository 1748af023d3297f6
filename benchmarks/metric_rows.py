"""Does Explore find behind each cell as many rows as the metric counts, and how fast?

    .venv/bin/python -m benchmarks.metric_rows HOME [CELLS]

Looks at CELLS (85) cells a metric of a home's warehouse: of months, weeks and days, of all slices.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from app.queries import metric_rows
from app.queries.metric_rows import KINDS, NOT_COUNTED, Cell
from cx.settings import Settings
from cx.warehouse import connected

CELLS = """
select dimension, dimension_value, period_start, period_end, if($is_mean, n, numerator)
from marts.metric_value
where metric_id = $metric and period_grain <> 'total' and numerator is not null
order by hash(period_grain, period_start, dimension, dimension_value)
limit $cells
"""


def main(home: str, cells: int = 85) -> None:
    """Print per metric how many cells were looked at, how many differ, and milliseconds each."""
    print("| metric | rows are | cells | differ | ms a cell |\n|---|---|--:|--:|--:|")
    with connected(Settings(home=Path(home))) as connection:
        for metric, kind in KINDS.items():
            told = {"metric": metric, "is_mean": metric in NOT_COUNTED, "cells": cells}
            looked = connection.execute(CELLS, told).fetchall()
            began, differ = time.perf_counter(), 0
            for dimension, code, since, until, counted in looked:
                bound = Cell(metric, dimension, code, since, until).bound() | {"limit": 1}
                found = connection.execute(metric_rows._ROWS, bound).fetchall()
                differ += (found[0][-1] if found else 0) != counted
            each = 1000 * (time.perf_counter() - began) / max(len(looked), 1)
            print(f"| {metric} | {kind} | {len(looked)} | {differ} | {each:.0f} |")


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
