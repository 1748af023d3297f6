"""A question is one expectation about one table, in words and as Great Expectations takes it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

SUITES = Path(__file__).parent / "suites"
# So many rows have to be wrong before a share of them holds the run.
LEAST_WRONG_ROWS = 5


@dataclass(frozen=True)
class Question:
    """One expectation about one table.

    Parameters
    ----------
    table : str
        ``schema.table``.
    kind : str
        Name of a Great Expectations class, such as ``ExpectColumnValuesToNotBeNull``.
    arguments : dict
        What the class takes.
    says : str
        The expectation in plain words.
    severity : str
        ``stop`` holds the run, ``warn`` is told and kept. A question that counts wrong rows file by
        file (`levels`) settles by its answer which of the two it is.
    answers : tuple of str
        The answers a failure endangers.
    looks_back : bool
        True where the verdict depends on more than the data: the last release, history, a clock.
    can_be_waived : bool
        False for what nobody may accept, such as an identity in a release.
    is_counted : bool
        True where the query finds counts (wrong, total, is_stop, file), which are told.
    """

    table: str
    kind: str
    arguments: dict
    says: str
    severity: str = "stop"
    answers: tuple[str, ...] = ()
    looks_back: bool = False
    can_be_waived: bool = True
    is_counted: bool = False


def suite(name: str) -> dict:
    """Read one of suites/*.yml."""
    text = (SUITES / f"{name}.yml").read_text(encoding="utf-8")
    return yaml.CSafeLoader(text).get_single_data()


def nothing_in(query: str) -> dict:
    """Return the arguments of an expectation that a query finds nothing; {batch} is the table."""
    return {"unexpected_rows_query": query}


def never(
    table: str,
    condition: str,
    says: str,
    *,
    warn: float = 0,
    stop: float | None = None,
    answers: tuple[str, ...] = (),
    source: str = "{batch} as here",
    wrong: str | None = None,
) -> Question:
    """Ask that no more than a share of any file's rows meets a condition.

    Parameters
    ----------
    condition : str
        SQL over the columns of `table`.
    warn, stop : float or None
        Share above which it is told, and above which the run is held; None never holds it.
    source : str
        What the rows are read from, with its joins; a column `file_id` of `here` is needed.
    wrong : str or None
        SQL that counts the wrong rows of a file, where no condition on one row can.
    """
    wrong = wrong or f"count(*) filter (where {condition})"
    holds = "false"
    if stop is not None:
        holds = f"wrong >= {LEAST_WRONG_ROWS} and wrong > {stop} * total"
    query = (
        f"select wrong, total, {holds} as is_stop, ledger.file_name as file "
        f"from (select here.file_id, {wrong} as wrong, count(*) as total from {source} "
        "group by here.file_id) as files "
        "left join ops.file_ledger as ledger on files.file_id = ledger.file_id "
        f"where wrong > {warn} * total order by is_stop desc, wrong desc, file limit 1"
    )
    return Question(
        table,
        "UnexpectedRowsExpectation",
        nothing_in(query),
        says,
        answers=answers,
        is_counted=True,
    )
