"""Great Expectations' question for unexpected rows, sent once.

Its own sends the query twice, for the rows and for their number, and a query over a fact is what a
door spends its time on.
"""

from __future__ import annotations

from typing import ClassVar

from great_expectations.expectations import UnexpectedRowsExpectation


class NothingFound(UnexpectedRowsExpectation):
    """How many rows a query finds, of which none is fetched: none may be."""

    metric_dependencies: ClassVar[tuple[str, ...]] = ("unexpected_rows_query.row_count",)

    def _validate(self, metrics: dict, *others: object, **named: object) -> dict:
        return super()._validate(metrics | {"unexpected_rows_query.table": []}, *others, **named)


class CountsFound(UnexpectedRowsExpectation):
    """The one row of counts a query finds where something is wrong."""

    metric_dependencies: ClassVar[tuple[str, ...]] = ("unexpected_rows_query.table",)

    def _validate(self, metrics: dict, *others: object, **named: object) -> dict:
        rows = metrics["unexpected_rows_query.table"]
        return super()._validate(
            metrics | {"unexpected_rows_query.row_count": len(rows)}, *others, **named
        )
