"""The feature tables as data frames: cut-offs, rows to learn from, rows to score."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd

from ml.offer_tables import HOLDS

CHURN_KEYS = ("subscription_id", "as_of_date", "held_offering_ids")
BATCH_ROWS = 10_240  # a whole number of the engine's vectors
_VECTOR_ROWS = 2_048
_COLUMNS_AT_ONCE = 8
_LEAST_HOLDERS = 20
_MOST_HOLDINGS = 40


# Who is there at a cut-off and has not announced an exit.
_TO_SCORE = """
    select labels.subscription_id
    from features.churn_labels as labels
    inner join features.churn_cohort as cohort
        on
            labels.subscription_id = cohort.subscription_id
            and labels.as_of_date = cohort.as_of_date
    where
        labels.as_of_date = $as_of_date
        and not labels.has_left
        and not cohort.is_exit_announced
"""


@dataclass(frozen=True)
class Table:
    """Rows of one or more cut-offs.

    Parameters
    ----------
    keys : DataFrame with columns subscription_id, as_of_date
    X : DataFrame of shape (n_rows, n_features)
    y : ndarray of shape (n_rows,), or None
        1 left, 0 stayed.
    weight : ndarray of shape (n_rows,), or None
        How many rows each row stands for.
    """

    keys: pd.DataFrame
    X: pd.DataFrame
    y: np.ndarray | None = None
    weight: np.ndarray | None = None

    def part(self, rows: np.ndarray) -> Table:
        """Return the rows where `rows` is True."""
        return Table(
            self.keys[rows].reset_index(drop=True),
            self.X[rows].reset_index(drop=True),
            None if self.y is None else self.y[rows],
            None if self.weight is None else self.weight[rows],
        )

    def items(self) -> list[str]:
        """Return the add-ons that have a `holds_` column."""
        return [name.removeprefix(HOLDS) for name in self.X if name.startswith(HOLDS)]

    def without(self, columns: list[str]) -> Table:
        """Return the table without some features."""
        return Table(self.keys, self.X.drop(columns=columns), self.y, self.weight)


def has_table(connection: duckdb.DuckDBPyConnection, schema: str, name: str) -> bool:
    """Say whether a table is there."""
    return bool(
        connection.execute(
            "select count(*) from information_schema.tables "
            "where table_schema = ? and table_name = ?",
            [schema, name],
        ).fetchall()[0][0]
    )


def currency(connection: duckdb.DuckDBPyConnection) -> str:
    """Return the currency of the bills; nothing where none is known, or they are in several."""
    if not has_table(connection, "marts", "dim_metric"):
        return ""
    found = connection.execute(
        "select regexp_extract(unit, '^[A-Z]{3}') from marts.dim_metric where metric_id = ?",
        ["M33"],
    ).fetchall()
    return found[0][0] if found else ""


def churn_cutoffs(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Return one row per cut-off: as_of_date, window_to, members, labelled, exits."""
    return connection.execute("""
        select
            cohort.as_of_date,
            max(labels.window_to) as window_to,
            count(*) as members,
            count(*) filter (where labels.is_label_known) as labelled,
            count(*) filter (where labels.is_churned) as exits
        from features.churn_cohort as cohort
        inner join features.churn_labels as labels
            on
                cohort.subscription_id = labels.subscription_id
                and cohort.as_of_date = labels.as_of_date
        where not cohort.is_exit_announced
        group by cohort.as_of_date
        order by cohort.as_of_date
    """).df()


def labelled_rows(
    connection: duckdb.DuckDBPyConnection,
    as_of_dates: list[object],
    max_rows: int,
    seed: int,
    items: list[str] | None = None,
    *,
    keep_exits: bool = True,
) -> Table:
    """Return labelled rows of the given cut-offs, at most `max_rows`, by a seeded digest of keys.

    Parameters
    ----------
    as_of_dates : list of date
    max_rows : int
    seed : int
    items : list of str, optional
        Add-ons that get a `holds_` column; those enough rows hold, when left out.
    keep_exits : bool, default=True
        True keeps all exits (up to half of the rows) and thins the others; `weight` says how many
        each row stands for. False thins evenly, for rows to be measured on.
    """
    wanted = pd.DataFrame({"as_of_date": pd.to_datetime(pd.Series(as_of_dates))})
    connection.register("wanted", wanted)
    try:
        frame = connection.execute(
            """
            with members as (
                select
                    cohort.subscription_id,
                    cohort.as_of_date,
                    labels.is_churned,
                    labels.is_churned and $keep_exits as is_exit_kept
                from features.churn_cohort as cohort
                inner join features.churn_labels as labels
                    on
                        cohort.subscription_id = labels.subscription_id
                        and cohort.as_of_date = labels.as_of_date
                inner join wanted
                    on cohort.as_of_date = wanted.as_of_date
                where labels.is_label_known and not cohort.is_exit_announced
            ),
            numbered as (
                select
                    *,
                    row_number() over (
                        partition by is_exit_kept
                        order by md5(subscription_id || '|' || as_of_date || $seed)
                    ) as place,
                    count(*) over (partition by is_exit_kept) as alike,
                    count(*) over () - alike as others
                from members
            ),
            -- Exits may take half of the rows, or more where the others do not fill their half.
            sampled as (
                select
                    *,
                    case
                        when is_exit_kept then greatest($max_rows // 2, $max_rows - others)
                        else greatest($max_rows - others, ($max_rows + 1) // 2)
                    end as quota
                from numbered
            )
            select
                features.*,
                sampled.is_churned,
                sampled.alike / least(sampled.alike, sampled.quota) as row_weight
            from sampled
            inner join features.churn_features as features
                on
                    sampled.subscription_id = features.subscription_id
                    and sampled.as_of_date = features.as_of_date
            where sampled.place <= sampled.quota
            order by features.as_of_date, features.subscription_id
            """,
            {"seed": str(seed), "max_rows": max_rows, "keep_exits": keep_exits},
        ).df()
    finally:
        connection.unregister("wanted")
    y = frame.pop("is_churned").to_numpy(dtype=bool).astype(np.int64)
    weight = frame.pop("row_weight").to_numpy(dtype=np.float64)
    if items is None:
        items = held_items(frame["held_offering_ids"], frame["offering_id"])
    return _as_table(frame, items, y, weight)


def rows_to_score(
    connection: duckdb.DuckDBPyConnection, as_of_date: object, items: list[str]
) -> Iterator[Table]:
    """Yield, in batches, who is there at a cut-off and has not announced an exit.

    Nothing else may be asked of the connection until all are yielded.
    """
    for frame in batches(
        connection,
        f"""
        select features.*
        from features.churn_features as features
        semi join ({_TO_SCORE}) as members
            on features.subscription_id = members.subscription_id
        where features.as_of_date = $as_of_date
        order by features.subscription_id
        """,
        {"as_of_date": as_of_date},
    ):
        yield _as_table(frame, items, None, None)


def columns_to_score(
    connection: duckdb.DuckDBPyConnection, as_of_date: object, names: list[str]
) -> Iterator[pd.DataFrame]:
    """Yield columns of all rows to score, a few at a time: of a large base all are gigabytes.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
    as_of_date : date
    names : list of str
        Columns of features.churn_features, and `holds_` columns.
    """
    rows = f"""
        from features.churn_features as features
        semi join ({_TO_SCORE}) as members
            on features.subscription_id = members.subscription_id
        where features.as_of_date = $as_of_date
        order by features.subscription_id
    """
    given = {"as_of_date": as_of_date}
    held = [name for name in names if name.startswith(HOLDS)]
    if held:
        items = [name.removeprefix(HOLDS) for name in held]
        lists = batches(connection, f"select features.held_offering_ids {rows}", given)
        yield pd.concat([holdings(own["held_offering_ids"], items) for own in lists])
    own = [name for name in names if not name.startswith(HOLDS)]
    for start in range(0, len(own), _COLUMNS_AT_ONCE):
        told = ", ".join(f'features."{name}"' for name in own[start : start + _COLUMNS_AT_ONCE])
        yield connection.execute(f"select {told} {rows}", given).df()


def sample_to_score(
    connection: duckdb.DuckDBPyConnection,
    as_of_date: object,
    items: list[str],
    max_rows: int,
    seed: int,
) -> Table:
    """Return at most `max_rows` of the rows to score, drawn by a seeded digest of their keys."""
    frame = connection.execute(
        f"""
        select features.*
        from features.churn_features as features
        semi join (
            select subscription_id
            from ({_TO_SCORE})
            order by md5(subscription_id || '|' || $seed), subscription_id
            limit $max_rows
        ) as drawn
            on features.subscription_id = drawn.subscription_id
        where features.as_of_date = $as_of_date
        order by features.subscription_id
        """,
        {"as_of_date": as_of_date, "seed": str(seed), "max_rows": max_rows},
    ).df()
    return _as_table(frame, items, None, None)


def batches(
    connection: duckdb.DuckDBPyConnection, query: str, given: dict[str, object]
) -> Iterator[pd.DataFrame]:
    """Yield the rows of a query batch by batch, so that no more than one is held."""
    result = connection.execute(query, given)
    while len(frame := result.fetch_df_chunk(BATCH_ROWS // _VECTOR_ROWS)):
        yield frame


def held_items(held: pd.Series, plan: pd.Series) -> list[str]:
    """Return the add-ons enough rows hold to learn from, the plan itself left out."""
    flat = held.explode()
    extra = flat[flat.notna() & (flat != plan.reindex(flat.index))]
    counts = extra.value_counts()
    counts = counts[counts >= _LEAST_HOLDERS]
    ranked = sorted(counts.index, key=lambda item: (-counts[item], item))
    return sorted(ranked[:_MOST_HOLDINGS])


def holdings(held: pd.Series, items: list[str]) -> pd.DataFrame:
    """Return one bool column `holds_<offering>` per item."""
    flat = held.reset_index(drop=True).explode()
    table = np.zeros((len(held), len(items)), dtype=bool)
    codes = pd.Index(items, dtype=object).get_indexer(flat.to_numpy(dtype=object))
    known = codes >= 0
    table[flat.index.to_numpy()[known], codes[known]] = True
    return pd.DataFrame(table, columns=[HOLDS + item for item in items])


def _as_table(
    frame: pd.DataFrame, items: list[str], y: np.ndarray | None, weight: np.ndarray | None
) -> Table:
    keys = frame[["subscription_id", "as_of_date"]].reset_index(drop=True)
    return Table(keys, features_of(frame, items), y, weight)


def features_of(frame: pd.DataFrame, items: list[str]) -> pd.DataFrame:
    """Return rows of features.churn_features as a model's columns, one per item held beside."""
    X = frame.drop(columns=list(CHURN_KEYS)).reset_index(drop=True)
    return pd.concat([X, holdings(frame["held_offering_ids"], items)], axis=1)


def preference_cutoffs(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Return one row per cut-off: as_of_date, window_to, members, labelled, takers."""
    return connection.execute("""
        select
            as_of_date,
            max(window_to) as window_to,
            count(*) as members,
            count(*) filter (where is_label_known) as labelled,
            count(*) filter (where is_label_known and len(taken_offering_ids) > 0) as takers
        from features.preference_labels
        group by as_of_date
        order by as_of_date
    """).df()


def preference_to_score(
    connection: duckdb.DuckDBPyConnection, as_of_date: object
) -> Iterator[pd.DataFrame]:
    """Yield the lines that a next product may be offered to, with profile and holdings, in batches.

    Nothing else may be asked of the connection until all are yielded.
    """
    return batches(
        connection,
        """
        select features.*
        from features.preference_features as features
        semi join features.preference_audience as audience
            on
                features.subscription_id = audience.subscription_id
                and features.as_of_date = audience.as_of_date
        semi join features.preference_labels as labels
            on
                features.subscription_id = labels.subscription_id
                and features.as_of_date = labels.as_of_date
        semi join (
            select subscription_id from features.churn_labels
            where as_of_date = $as_of_date and not has_left
        ) as there
            on features.subscription_id = there.subscription_id
        where features.as_of_date = $as_of_date
        order by features.subscription_id
        """,
        {"as_of_date": as_of_date},
    )


def preference_rows(
    connection: duckdb.DuckDBPyConnection,
    as_of_dates: list[object],
    max_rows: int | None = None,
    seed: int = 0,
) -> pd.DataFrame:
    """Return cohort members with profile, holdings and what they took.

    Of more takers, or more of the others, than `max_rows` as many are drawn by a seeded digest of
    their keys, and `row_weight` says how many each one kept stands for.
    """
    wanted = pd.DataFrame({"as_of_date": pd.to_datetime(pd.Series(as_of_dates))})
    connection.register("wanted", wanted)
    try:
        return connection.execute(
            """
            -- Keys are put in an order, not whole rows: of a large base few are kept.
            with members as (
                select
                    labels.subscription_id,
                    labels.as_of_date,
                    labels.taken_offering_ids,
                    len(labels.taken_offering_ids) > 0 as is_taker,
                    row_number() over (
                        partition by len(labels.taken_offering_ids) > 0
                        order by md5(labels.subscription_id || '|' || labels.as_of_date || ?)
                    ) as place,
                    count(*) over (partition by len(labels.taken_offering_ids) > 0) as alike
                from features.preference_labels as labels
                semi join features.preference_features as features
                    on
                        labels.subscription_id = features.subscription_id
                        and labels.as_of_date = features.as_of_date
                inner join features.churn_labels as exits
                    on
                        labels.subscription_id = exits.subscription_id
                        and labels.as_of_date = exits.as_of_date
                inner join wanted
                    on labels.as_of_date = wanted.as_of_date
                where not exits.has_left
            )
            select
                features.*,
                members.taken_offering_ids,
                greatest(alike / cast(? as double), 1.0) as row_weight
            from members
            inner join features.preference_features as features
                on
                    members.subscription_id = features.subscription_id
                    and members.as_of_date = features.as_of_date
            where place <= cast(? as double)
            order by features.as_of_date, features.subscription_id
            """,
            [str(seed), max_rows or 1e18, max_rows or 1e18],
        ).df()
    finally:
        connection.unregister("wanted")


def offerings_on_sale(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Return what could be offered now: offering_id, offering_name, family, is_addon."""
    return connection.execute(
        "select offering_id, offering_name, family, is_addon "
        "from features.preference_offerings order by offering_id"
    ).df()


def offering_names(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return what offerings are called, by id; nothing where no catalogue was delivered."""
    if not has_table(connection, "marts", "dim_product_offering"):
        return {}
    return dict(
        connection.execute(
            "select offering_id, offering_name from marts.dim_product_offering "
            "where is_current and offering_name is not null"
        ).fetchall()
    )


def digest(*frames: pd.DataFrame | np.ndarray | None) -> str:
    """Return a sha256 over the content of frames, in their order."""
    total = hashlib.sha256()
    for frame in frames:
        if frame is None:
            continue
        if isinstance(frame, np.ndarray):
            total.update(np.ascontiguousarray(frame).tobytes())
            continue
        total.update("|".join(frame.columns).encode())
        total.update(pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes())
    return total.hexdigest()
