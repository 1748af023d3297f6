"""Find segments that keep their shape, and say what sets them apart."""

from __future__ import annotations

import time

import duckdb
import numpy as np
import pandas as pd

from cx.settings import Settings
from cx.warehouse import reading, writing
from ml import datasets, estimator_files, registry
from ml.registry import CHAMPION, SEGMENTS, Model
from ml.report import Report
from ml.segments import StableSegments
from ml.train_churn import no_model

# What a person would tell lines apart by, in words: low, high, in English and in Russian.
TRAITS = {
    "tenure_days": ("new", "long with us", "новые", "давние"),
    "monthly_charge": ("cheap plan", "dear plan", "дешёвый тариф", "дорогой тариф"),
    "addons": ("no add-ons", "many add-ons", "без опций", "много опций"),
    "customer_subscriptions": ("single line", "many lines", "одна линия", "много линий"),
    "data_mb_30d": ("little data", "much data", "мало данных", "много данных"),
    "voice_minutes_30d": ("little voice", "much voice", "мало звонков", "много звонков"),
    "data_trend": ("falling use", "growing use", "потребление падает", "потребление растёт"),
    "contacts_90d": ("silent", "often in touch", "молчат", "часто обращаются"),
    "outage_minutes_90d": ("few outages", "many outages", "мало аварий", "много аварий"),
    "late_payments_210d": ("pays in time", "pays late", "платят вовремя", "платят с опозданием"),
    "days_to_contract_end": (
        "contract ends",
        "long contract",
        "договор кончается",
        "договор надолго",
    ),
}
LEARNED_MONTHS = 3
ALL_LINES = 2**62
LEAST_LINES = 100
# So many lines are learned from at most: what sets them apart shows in as many.
MOST_LINES = 60_000
# Correlation of a trait with itself a month later.
LEAST_LASTING = 0.7


def train_segments(settings: Settings, seed: int) -> Report:
    """Choose how many segments keep their shape over resamples and months, and register them.

    Parameters
    ----------
    settings : Settings
    seed : int

    Returns
    -------
    Report
    """
    started = time.perf_counter()
    with reading(settings) as connection:
        if not is_built(connection):
            return Report(["segments: the features are not built; run `cx build`"], {})
        dates = cohort_dates(connection)[-LEARNED_MONTHS:]
        rows = segment_rows(connection, dates, MOST_LINES, seed)
    X = _columns(rows)
    raw = rows[list(X.columns)]
    if len(rows) < LEAST_LINES or X.shape[1] < 2:
        reason = (
            f"fewer than {LEAST_LINES} lines whose customers agreed to profiling, or no figures"
        )
        return no_model(settings, SEGMENTS, reason)
    model = StableSegments(random_state=seed)
    data_digest = datasets.digest(X)
    identity = registry.model_id(SEGMENTS, data_digest, model.get_params(), seed)
    with reading(settings) as connection:
        if registry.is_served(connection, settings, SEGMENTS, identity):
            return Report(["segments: same data, code and seed: they stay"], {})
    model.fit(X, rows["as_of_date"].to_numpy())
    file, sha256 = estimator_files.save(model, settings, identity)
    chosen = next((each for each in model.stability_ if each.count == model.count_), None)
    told = (
        f"{model.count_} segments, alike with {chosen.over_draws:.2f} over resamples"
        + ("" if np.isnan(chosen.over_months) else f" and {chosen.over_months:.2f} over months")
        if chosen
        else "no number of segments keeps its shape, so there is one"
    )
    row = Model(
        model_id=identity,
        target=SEGMENTS,
        status=CHAMPION,
        reason=told,
        as_of_date=dates[-1],
        estimator=type(model).__name__,
        train_from=dates[0],
        train_to=dates[-1],
        train_rows=len(X),
        parameters=model.get_params(),
        features=list(X.columns),
        seed=seed,
        data_digest=data_digest,
        code_digest=registry.code_digest(),
        library_versions=registry.library_versions(),
        artefact_file=file,
        artefact_sha256=sha256,
    )
    choices = pd.DataFrame(
        {
            "model_id": identity,
            "segments": [each.count for each in model.stability_],
            "over_draws": [each.over_draws for each in model.stability_],
            "over_months": [each.over_months for each in model.stability_],
            "is_chosen": [each.count == model.count_ for each in model.stability_],
        }
    )
    with writing(settings) as connection:
        registry.record_model(connection, row)
        written = registry.replace_rows(connection, "ml_segment_choice", choices)
        written += registry.replace_rows(
            connection, "ml_segment_trait", _traits(model, X, raw, identity)
        )
    seconds = time.perf_counter() - started
    return Report(
        [f"segments: {told}, from {len(X):,} rows in {seconds:.1f} s"],
        {"rows": written, "segments": model.count_, "segments_seconds": round(seconds, 2)},
    )


def is_built(connection: duckdb.DuckDBPyConnection) -> bool:
    """Say whether the features that segments are made of are there."""
    return all(
        datasets.has_table(connection, "features", name)
        for name in ("churn_features", "preference_cohort", "preference_features")
    )


def cohort_dates(connection: duckdb.DuckDBPyConnection) -> list[object]:
    """Return the cut-offs with lines whose customers agree to profiling, oldest first."""
    found = connection.execute(
        "select distinct as_of_date from features.preference_cohort order by as_of_date"
    ).fetchall()
    return [date for (date,) in found]


def segment_rows(
    connection: duckdb.DuckDBPyConnection,
    dates: list[object],
    max_lines: int | None = None,
    seed: int = 0,
) -> pd.DataFrame:
    """Return the lines whose customers agree to profiling, with what tells them apart.

    Of more than `max_lines` as many, drawn by a seeded digest; each at all the dates it is there.
    """
    known = {
        name
        for (name,) in connection.execute(
            "select column_name from duckdb_columns() where schema_name = 'features' "
            "and table_name = 'churn_features'"
        ).fetchall()
    }
    kept = [name for name in TRAITS if name in known]
    told = ", ".join(f"features.{name}" for name in kept + ["family"] * ("family" in known))
    connection.register("wanted", pd.DataFrame({"as_of_date": pd.to_datetime(pd.Series(dates))}))
    # no more columns than these: every line of several months is read
    rows = connection.execute(
        f"""
        with drawn as (
            select subscription_id
            from features.preference_cohort
            where as_of_date in (select as_of_date from wanted)
            group by subscription_id
            order by md5(subscription_id || '|' || $seed), subscription_id
            limit $max_lines
        )
        select cohort.subscription_id, cohort.as_of_date, cohort.customer_id, {told}
        from features.preference_cohort as cohort
        inner join features.churn_features as features
            on
                cohort.subscription_id = features.subscription_id
                and cohort.as_of_date = features.as_of_date
        inner join wanted on cohort.as_of_date = wanted.as_of_date
        semi join drawn on cohort.subscription_id = drawn.subscription_id
        order by features.as_of_date, features.subscription_id
        """,
        {"seed": str(seed), "max_lines": ALL_LINES if max_lines is None else max_lines},
    ).df()
    connection.unregister("wanted")
    rows["family"] = rows.get("family", "all")
    return rows[["subscription_id", "as_of_date", "customer_id", "family"]].join(
        rows[kept].astype(np.float64)
    )


def _columns(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the figures that are known of half the lines or more and differ between them."""
    own = rows[[name for name in TRAITS if name in rows]]
    kept = [name for name in own if own[name].notna().mean() >= 0.5 and own[name].nunique() > 1]
    X = beside_their_like(rows, kept)
    return X[lasting(rows, X)]


def lasting(rows: pd.DataFrame, X: pd.DataFrame) -> list[str]:
    """Return the columns that say of a line this month what they said of it the month before.

    What happened to a line (an outage) is no trait of it. All columns where there is one date.
    """
    dates = sorted(rows["as_of_date"].unique())
    if len(dates) < 2:
        return list(X.columns)
    keyed = X.set_index([rows["as_of_date"], rows["subscription_id"]])
    before, after = (keyed.xs(date, level=0) for date in dates[-2:])
    both = before.index.intersection(after.index)
    alike = before.loc[both].corrwith(after.loc[both])
    return [name for name in X if alike[name] >= LEAST_LASTING]


def beside_their_like(rows: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Return each figure's place among lines of the same family and date, 0 to 1.

    Mobile and broadband differ in everything: a segment that says no more than that says nothing.
    """
    like = rows.groupby(["as_of_date", "family"], dropna=False)
    return like[names].rank(pct=True) if len(rows) else rows[names]


def _traits(
    model: StableSegments, X: pd.DataFrame, raw: pd.DataFrame, identity: str
) -> pd.DataFrame:
    """Return what sets each segment apart, in figures and in words."""
    own, rows = model.predict(X), []
    for segment, told in enumerate(model.described(X)):
        for rank, (feature, gap) in enumerate(told, 1):
            words = TRAITS[feature]
            inside, outside = raw.loc[own == segment, feature], raw.loc[own != segment, feature]
            rows.append(
                {
                    "segment_id": segment_id_of(segment),
                    "model_id": identity,
                    "trait_rank": rank,
                    "feature": feature,
                    "gap": gap,
                    "segment_mean": inside.mean(),
                    "other_mean": outside.mean(),
                    "sentence": f"{words[gap > 0]}: {inside.mean():,.1f} against "
                    f"{outside.mean():,.1f} elsewhere",
                    "sentence_ru": f"{words[2 + (gap > 0)]}: {inside.mean():,.1f} против "
                    f"{outside.mean():,.1f} у остальных",
                }
            )
    return pd.DataFrame(rows, columns=registry.column_names("ml_segment_trait"))


def segment_id_of(place: int) -> str:
    """Return a segment's letter."""
    return chr(ord("A") + place)
