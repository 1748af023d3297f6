"""Who has left by when, and why, of any segment: by tenure as seen, from now on as expected."""

from __future__ import annotations

import time

import duckdb
import numpy as np
import pandas as pd
from scipy.stats import norm

from cx.settings import Settings
from cx.warehouse import reading, writing
from ml import datasets, estimator_files, registry
from ml.incidence import incidence
from ml.metric_values import LOW_N
from ml.registry import SURVIVAL
from ml.report import Report
from ml.survival import DiscreteHazards
from ml.survival_months import covariates

BY_TENURE, FROM_NOW = "tenure", "as of"
ANY_CAUSE = "all"
DIMENSIONS = ("segment", "family", "region", "contract_type", "payment_method", "is_prepaid")
MOST_MONTHS = 120
MOST_LINES = 20_000
_HALF = norm.ppf(0.975)


def score_curves(settings: Settings) -> Report:
    """Write ml.ml_survival_curve: as seen by tenure, and as expected from the newest cut-off.

    Slices with fewer customers than may be published are left out.

    Parameters
    ----------
    settings : Settings

    Returns
    -------
    Report
    """
    started = time.perf_counter()
    with reading(settings) as connection:
        if not datasets.has_table(connection, "features", "survival_months"):
            return Report(["curves: the features are not built; run `cx build`"], {})
        counts = count_exits(connection, settings.fewest_customers)
        champion = registry.champion(connection, SURVIVAL)
        is_told = champion is not None and datasets.has_table(connection, "features", "value_lines")
        lines, horizon = _newest_lines(connection) if is_told else (None, 0)
    parts = [seen_curves(counts)]
    if is_told and len(lines):
        hazards = estimator_files.load(
            settings, champion["artefact_file"], champion["artefact_sha256"]
        )
        expected = expected_curves(hazards, lines, horizon, settings.fewest_customers)
        parts.append(expected.assign(model_id=champion["model_id"]))
    names = registry.column_names("ml_survival_curve")
    table = pd.concat([part.reindex(columns=names) for part in parts if len(part)] or parts)
    table = table.reindex(columns=names).reset_index(drop=True)
    table["as_of_date"] = lines["as_of_date"].iloc[0] if is_told and len(lines) else None
    with writing(settings) as connection:
        written = registry.replace_rows(connection, "ml_survival_curve", table)
    slices = table[["clock", "dimension", "dimension_value"]].drop_duplicates()
    seconds = time.perf_counter() - started
    return Report(
        [f"curves: {len(slices):,} slices, {written:,} points in {seconds:.1f} s"],
        {"rows": written, "curve_seconds": round(seconds, 2)},
    )


def count_exits(connection: duckdb.DuckDBPyConnection, fewest: int) -> pd.DataFrame:
    """Return who entered and left each month of tenure, by slice and cause.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
    fewest : int
        Customers that a slice must be about.

    Returns
    -------
    DataFrame with columns dimension, dimension_value, month, exit_cause, n_at_risk, exits
        `exit_cause` is null for the months lived through; n_at_risk is that of the month.
    """
    # The dimensions are our own list, and columns of the table that a source may not fill.
    slices = "".join(
        f" union all select '{name}' as dimension, "
        f"coalesce(cast({name} as varchar), 'unknown') as dimension_value, * from months"
        for name in _told_dimensions(connection)
    )
    return connection.execute(
        f"""
        with months as (
            select
                *,
                cast(floor(tenure_months) as integer) as month,
                coalesce(customer_id, subscription_id) as customer
            from features.survival_months
            where is_observed and tenure_months >= 0 and tenure_months < $most
        ),
        sliced as (
            select 'all' as dimension, 'all' as dimension_value, * from months
            {slices}
        ),
        told as (
            select dimension, dimension_value
            from sliced
            group by all
            having count(distinct customer) >= $fewest
        )
        select
            sliced.dimension,
            sliced.dimension_value,
            sliced.month,
            sliced.exit_cause,
            sum(count(*)) over (
                partition by sliced.dimension, sliced.dimension_value, sliced.month
            ) as n_at_risk,
            count(sliced.exit_cause) as exits
        from sliced
        semi join told
            on
                sliced.dimension = told.dimension
                and sliced.dimension_value = told.dimension_value
        group by sliced.dimension, sliced.dimension_value, sliced.month, sliced.exit_cause
        order by all
        """,
        {"most": MOST_MONTHS, "fewest": fewest},
    ).df()


def _told_dimensions(connection: duckdb.DuckDBPyConnection) -> list[str]:
    found = connection.execute(
        "select column_name from information_schema.columns "
        "where table_schema = 'features' and table_name = 'survival_months'"
    ).fetchall()
    return [name for name in DIMENSIONS if (name,) in found]


def seen_curves(counts: pd.DataFrame) -> pd.DataFrame:
    """Return the cumulative incidence of each cause by tenure, of each slice.

    Lines count from the month they came in sight in (left truncation), so the curve of a slice
    tells of those who were still here in the first month anybody was seen in.

    Parameters
    ----------
    counts : DataFrame
        As `count_exits` returns it.

    Returns
    -------
    DataFrame
        Columns of ml_survival_curve; `month` is months of tenure completed.
    """
    parts = []
    for (dimension, label), own in counts.groupby(["dimension", "dimension_value"], sort=True):
        months = np.arange(own["month"].min(), own["month"].max() + 1)
        at_risk = own.groupby("month")["n_at_risk"].first().reindex(months, fill_value=0)
        left = (
            own[own["exit_cause"].notna()]
            .pivot_table(index="month", columns="exit_cause", values="exits", aggfunc="sum")
            .reindex(months)
            .fillna(0)
        )
        found = incidence(at_risk.to_numpy(float), left.to_numpy(float))
        for place, cause in enumerate([*left.columns, ANY_CAUSE]):
            value, low, high = (each[:, place] for each in found)
            exits = left[cause] if cause != ANY_CAUSE else left.sum(axis=1)
            parts.append(
                pd.DataFrame(
                    {
                        "clock": BY_TENURE,
                        "dimension": dimension,
                        "dimension_value": label,
                        "exit_cause": cause,
                        "month": months + 1,
                        "value": value.round(9),
                        "low": low.round(9),
                        "high": high.round(9),
                        "n_at_risk": at_risk.to_numpy(),
                        "exits": exits.to_numpy().astype(int),
                        "is_low_n": at_risk.to_numpy() < LOW_N,
                    }
                )
            )
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def expected_curves(
    hazards: DiscreteHazards, lines: pd.DataFrame, horizon: int, fewest: int
) -> pd.DataFrame:
    """Return the mean chance to have left by cause after 1 … horizon months, of each slice.

    The band is that of the hazards: how far the mean moves from resample to resample.

    Parameters
    ----------
    hazards : DiscreteHazards
    lines : DataFrame
        The newest rows of features.survival_months of lines that are still here.
    horizon : int
        Months.
    fewest : int
        Customers that a slice must be about.
    """
    customer = lines["customer_id"].fillna(lines["subscription_id"])
    keys, members = [], []
    for dimension in ("all", *(name for name in DIMENSIONS if name in lines)):
        labels = (
            pd.Series("all", index=lines.index)
            if dimension == "all"
            else lines[dimension].map(_as_label)
        )
        for label in sorted(labels.unique()):
            is_member = (labels == label).to_numpy()
            if customer[is_member].nunique() >= fewest:
                keys.append((dimension, label))
                members.append(is_member)
    if not keys:
        return pd.DataFrame()
    member = np.array(members, dtype=float)
    causes = [*hazards.causes_, ANY_CAUSE]
    total = np.zeros((len(keys), horizon, 1 + len(hazards.draws_), len(causes)))
    for rows, month, gone in hazards.sampled_incidence(covariates(lines), horizon):
        gone = np.concatenate([gone, gone.sum(axis=2, keepdims=True)], axis=2)
        total[:, month - 1] += np.tensordot(member[:, rows], gone, axes=1)
    size = member.sum(axis=1)
    mean = total / size[:, None, None, None]
    half = (
        _HALF * mean[:, :, 1:].std(axis=2, ddof=1)
        if mean.shape[2] > 2
        else np.full_like(mean[:, :, 0], np.nan)
    )
    value = mean[:, :, 0]
    index = pd.MultiIndex.from_product([range(len(keys)), range(1, horizon + 1), causes])
    place = index.get_level_values(0).to_numpy()
    return pd.DataFrame(
        {
            "clock": FROM_NOW,
            "dimension": [keys[each][0] for each in place],
            "dimension_value": [keys[each][1] for each in place],
            "exit_cause": index.get_level_values(2),
            "month": index.get_level_values(1),
            "value": value.ravel().round(9),
            "low": np.maximum(value - half, 0).ravel().round(9),
            "high": np.minimum(value + half, 1).ravel().round(9),
            "n_at_risk": size[place].astype(int),
            "is_low_n": size[place] < LOW_N,
        }
    )


def _as_label(value: object) -> str:
    if value is None or pd.isna(value):
        return "unknown"
    return str(value).lower() if isinstance(value, bool | np.bool_) else str(value)


def _newest_lines(connection: duckdb.DuckDBPyConnection) -> tuple[pd.DataFrame, int]:
    lines = connection.execute(
        """
        select months.*
        from features.survival_months as months
        inner join features.value_lines as lines
            on
                months.subscription_id = lines.subscription_id
                and months.as_of_date = lines.as_of_date
        order by md5(months.subscription_id)
        limit ?
        """,
        [MOST_LINES],
    ).df()
    horizon = connection.execute("select horizon_months from features.value_terms").fetchall()
    return lines, int(horizon[0][0])
