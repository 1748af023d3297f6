"""Who is in which segment, and who moved since the date before."""

from __future__ import annotations

import time
from datetime import date

import numpy as np
import pandas as pd

from cx.settings import Settings
from cx.warehouse import reading, writing
from ml import estimator_files, registry
from ml.few import hidden_cells
from ml.registry import CHURN, SEGMENTS
from ml.report import Report
from ml.segment_profiles import write_profiles
from ml.train_segments import (
    beside_their_like,
    cohort_dates,
    is_built,
    segment_id_of,
    segment_rows,
)

# Fewer days apart, two dates tell of no month's moves.
LEAST_DAYS = 28


def a_month_apart(dates: list[date]) -> list[date]:
    """Return the newest date and the newest at least four weeks before it, where there is one.

    The newest cut-off may be a day behind the first of its month: in a day nobody moves.

    Parameters
    ----------
    dates : list of date
        Oldest first.
    """
    earlier = [each for each in dates if (dates[-1] - each).days >= LEAST_DAYS]
    return [*earlier[-1:], *dates[-1:]]


def score_segments(settings: Settings) -> Report:
    """Write ml_segment_member of the newest date and a month before, ml_segment, ml_segment_move.

    Parameters
    ----------
    settings : Settings

    Returns
    -------
    Report
    """
    started = time.perf_counter()
    with reading(settings) as connection:
        champion = registry.champion(connection, SEGMENTS)
        if champion is None or not is_built(connection):
            return Report(["segments: none learned, so nobody is in one"], {})
        model = estimator_files.load(
            settings, champion["artefact_file"], champion["artefact_sha256"]
        )
        rows = segment_rows(connection, a_month_apart(cohort_dates(connection)))
        traits = connection.execute("select * from ml.ml_segment_trait").df()
    rows = rows.reset_index(drop=True)
    identity = champion["model_id"]
    ids = np.array([segment_id_of(place) for place in range(model.count_)], dtype=object)
    rows["segment_id"] = None
    if len(rows):
        rows["segment_id"] = ids[model.predict(beside_their_like(rows, model.names_))]
    rows["model_id"] = identity
    chosen = next((each for each in model.stability_ if each.count == model.count_), None)
    names = _names(traits, ids)
    with writing(settings) as connection:
        written = registry.replace_rows(connection, "ml_segment_member", rows)
        for name, frame in (("names", names), ("members", rows)):
            connection.register(name, frame)
        connection.execute("delete from ml.ml_segment")
        connection.execute(
            _SEGMENTS,
            {
                "model": identity,
                "count": model.count_,
                "draws": chosen.over_draws if chosen else None,
                "months": None
                if chosen is None or np.isnan(chosen.over_months)
                else chosen.over_months,
                "target": CHURN,
            },
        )
        moves = hidden_where_few(connection.execute(_MOVES).df(), settings.fewest_customers)
        registry.replace_rows(connection, "ml_segment_move", moves)
        written += write_profiles(connection, rows, settings.fewest_customers)
        for name in ("names", "members"):
            connection.unregister(name)
        moved = connection.execute(
            "select coalesce(sum(lines), 0) from ml.ml_segment_move "
            "where from_segment_id <> to_segment_id and to_segment_id <> 'left' "
            "and from_segment_id <> 'joined'"
        ).fetchall()[0][0]
    seconds = time.perf_counter() - started
    newest = int((rows["as_of_date"] == rows["as_of_date"].max()).sum())
    return Report(
        [
            f"segments: {newest:,} lines in {model.count_}; {int(moved):,} moved since the date "
            f"before, in {seconds:.1f} s"
        ],
        {"rows": written, "segment_score_seconds": round(seconds, 2)},
    )


def hidden_where_few(moves: pd.DataFrame, fewest: int) -> pd.DataFrame:
    """Return moves without the figures of cells about few customers, nor of what gives them away.

    The cells of each segment left or entered add up to its size.

    Parameters
    ----------
    moves : DataFrame
        from_segment_id, to_segment_id, lines, share, customers.
    fewest : int
    """
    groups = [
        np.flatnonzero(moves[side] == each)
        for side in ("from_segment_id", "to_segment_id")
        for each in moves[side].unique()
        if each not in ("joined", "left")
    ]
    customers = moves["customers"].to_numpy()
    is_hidden = hidden_cells(customers, groups, fewest, customers < fewest)
    table = moves.astype({"lines": "float64", "customers": "float64"})
    table.loc[is_hidden, ["lines", "share", "customers"]] = np.nan
    return table.astype({"lines": "Int64", "customers": "Int64"})


def _names(traits: pd.DataFrame, ids: np.ndarray) -> pd.DataFrame:
    """Return a name of each segment: its two strongest traits; all lines where there is one.

    A segment that nothing sets apart is in the middle of everything.
    """
    middle = ("all lines", "все линии") if len(ids) < 2 else ("like most lines", "как большинство")
    first = traits[traits["trait_rank"] <= 2].sort_values(["segment_id", "trait_rank"])
    rows = []
    for each in ids:
        own = first[first["segment_id"] == each]
        english = ", ".join(text.split(":")[0] for text in own["sentence"]) or middle[0]
        russian = ", ".join(text.split(":")[0] for text in own["sentence_ru"]) or middle[1]
        rows.append((each, english, russian))
    return pd.DataFrame(rows, columns=["segment_id", "segment_name", "segment_name_ru"])


_SEGMENTS = """
    insert into ml.ml_segment by name
    select
        members.as_of_date,
        members.segment_id,
        $model as model_id,
        any_value(names.segment_name) as segment_name,
        any_value(names.segment_name_ru) as segment_name_ru,
        count(*) as lines,
        count(distinct members.customer_id) as customers,
        count(*) / sum(count(*)) over (partition by members.as_of_date) as share,
        $count as segments,
        $draws as stability_over_draws,
        $months as stability_over_months,
        round(avg(scores.score), 9) as mean_risk,
        round(avg(worths.clv), 6) as mean_clv
    from members
    left join names using (segment_id)
    left join ml.ml_score as scores
        on
            members.subscription_id = scores.subscription_id
            and members.as_of_date = scores.as_of_date
            and scores.target = $target
    left join ml.ml_value as worths
        on
            members.subscription_id = worths.subscription_id
            and members.as_of_date = worths.as_of_date
    group by members.as_of_date, members.segment_id
    order by members.as_of_date, members.segment_id
"""
# Who came or went is a move, too.
_MOVES = """
    with
    dates as (
        select min(as_of_date) as from_date, max(as_of_date) as to_date from members
        having count(distinct as_of_date) = 2
    ),
    pairs as (
        select
            dates.from_date,
            dates.to_date,
            coalesce(earlier.segment_id, 'joined') as from_segment_id,
            coalesce(later.segment_id, 'left') as to_segment_id,
            coalesce(earlier.customer_id, later.customer_id) as customer_id
        from dates
        cross join (select distinct subscription_id from members) as lines
        left join members as earlier
            on
                lines.subscription_id = earlier.subscription_id
                and earlier.as_of_date = dates.from_date
        left join members as later
            on
                lines.subscription_id = later.subscription_id
                and later.as_of_date = dates.to_date
    )
    select
        from_date,
        to_date,
        from_segment_id,
        to_segment_id,
        count(*) as lines,
        count(*) / sum(count(*)) over (partition by from_segment_id) as share,
        count(distinct customer_id) as customers
    from pairs
    group by from_date, to_date, from_segment_id, to_segment_id
    order by from_segment_id, to_segment_id
"""
