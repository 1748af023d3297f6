"""What was foretold and when: scores by cut-off, frozen at the exit, and what came true."""

from __future__ import annotations

import duckdb
import pandas as pd

from ml import datasets, registry
from ml.backtest import MAX_TEST_ROWS, MAX_TRAIN_ROWS, past_of
from ml.baselines import ThreeLineRule

KEPT_MONTHS = 24
KEYS = ["subscription_id", "as_of_date"]


def keep(connection: duckdb.DuckDBPyConnection, written: pd.DataFrame, target: str) -> None:
    """Add scores to ml.ml_score_history and freeze the last one of everybody who has left.

    Scores of an earlier cut-off, and of who is not scored again, are never touched. A row of
    ml.ml_exit_score is written once. After KEPT_MONTHS both are deleted. A line numbered anew left
    under its last identifier: what was said of an earlier one counts where nothing was of a later.

    Parameters
    ----------
    written : DataFrame with the columns of ml_score
        All of one cut-off.
    """
    registry.create_tables(connection)
    names = ", ".join(registry.column_names("ml_score_history"))
    connection.register("written", written)
    try:
        connection.execute(
            "delete from ml.ml_score_history as history using written "
            "where history.subscription_id = written.subscription_id "
            "and history.as_of_date = written.as_of_date and history.target = written.target"
        )
        connection.execute(f"insert into ml.ml_score_history by name select {names} from written")
        for table in ("ml_score_history", "ml_exit_score"):
            connection.execute(
                f"delete from ml.{table} where as_of_date < "
                "(select max(as_of_date) from written) - to_months(?)",
                [KEPT_MONTHS],
            )
    finally:
        connection.unregister("written")
    if not datasets.has_table(connection, "intermediate", "int_subscription_exits"):
        return
    connection.execute(
        """
        insert into ml.ml_exit_score by name
        with exits as (
            select subscription_id, active_from, exited_at, exit_cause
            from intermediate.int_subscription_exits
            where exited_at is not null
        ),
        last_scores as (
            select
                history.subscription_id,
                exits.exited_at,
                exits.exit_cause,
                max_by(history, history.as_of_date) as given
            from ml.ml_score_history as history
            inner join exits
                on
                    history.subscription_id = exits.subscription_id
                    and history.as_of_date <= exits.exited_at
                    and coalesce(history.as_of_date >= exits.active_from, true)
            where history.target = $target
            group by all
        ),
        last_of_earlier_identifiers as (
            select last_scores.subscription_id, last_scores.exited_at
            from last_scores
            inner join intermediate.int_subscription_chains as chains
                on last_scores.subscription_id = chains.subscription_id
            inner join last_scores as later
                on
                    chains.later_id = later.subscription_id
                    and last_scores.exited_at = later.exited_at
        )
        select
            last_scores.subscription_id,
            last_scores.exited_at,
            last_scores.exit_cause,
            given.as_of_date,
            given.model_id,
            given.target,
            given.score,
            given.score_rank
        from last_scores
        anti join ml.ml_exit_score as frozen
            on
                last_scores.subscription_id = frozen.subscription_id
                and last_scores.given.target = frozen.target
                and last_scores.given.as_of_date = frozen.as_of_date
        anti join last_of_earlier_identifiers as earlier
            on
                last_scores.subscription_id = earlier.subscription_id
                and last_scores.exited_at = earlier.exited_at
        cross join intermediate.int_clock as clock
        where last_scores.exited_at <= clock.as_of
        """,
        {"target": target},
    )


def realised(
    connection: duckdb.DuckDBPyConnection, model_id: str, cutoffs: pd.DataFrame, seed: int
) -> pd.DataFrame:
    """Return scores a model gave out whose outcome is known, and the three-line rule's beside.

    Returns
    -------
    DataFrame with columns subscription_id, as_of_date, y, score, rule
        At most MAX_TEST_ROWS per cut-off; empty when nothing given out has come true yet.
    """
    empty = pd.DataFrame(columns=["subscription_id", "as_of_date", "y", "score", "rule"])
    if not datasets.has_table(connection, "ml", "ml_score_history"):
        return empty
    given = connection.execute(
        "select distinct as_of_date from ml.ml_score_history where model_id = ?", [model_id]
    ).df()
    labelled = set(cutoffs.loc[cutoffs["labelled"] > 0, "as_of_date"])
    parts = [empty]
    for date in sorted(labelled & set(given["as_of_date"])):
        past = past_of(cutoffs, date)
        if past is None:
            continue
        learned = datasets.labelled_rows(connection, past, MAX_TRAIN_ROWS, seed, [])
        tested = datasets.labelled_rows(
            connection, [date], MAX_TEST_ROWS, seed, [], keep_exits=False
        )
        rule = ThreeLineRule().fit(learned.X, learned.y, learned.weight)
        own = tested.keys.assign(y=tested.y, rule=rule.predict_proba(tested.X)[:, 1])
        parts.append(own.merge(_given(connection, model_id, tested.keys), on=KEYS))
    return pd.concat([part for part in parts if len(part)] or [empty], ignore_index=True)


def _given(
    connection: duckdb.DuckDBPyConnection, model_id: str, keys: pd.DataFrame
) -> pd.DataFrame:
    """Return what a model gave out for some rows: of a large base, no more than these are read."""
    connection.register("tested_keys", keys)
    try:
        return connection.execute(
            """
            select history.subscription_id, history.as_of_date, history.score
            from ml.ml_score_history as history
            semi join tested_keys
                on
                    history.subscription_id = tested_keys.subscription_id
                    and history.as_of_date = tested_keys.as_of_date
            where history.model_id = ?
            """,
            [model_id],
        ).df()
    finally:
        connection.unregister("tested_keys")
