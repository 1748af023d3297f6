"""Scores, their reasons, and how good the model behind them is."""

from __future__ import annotations

import pandas as pd

from app.access import needs
from app.queries.horizon import SUMMARY
from app.queries.privacy import FEWEST, with_small_bins_joined, without_small_parts
from app.serving import ask, shown

LISTED = 200
BINS = 20
ALL = "all"
SCORES, REASONS, RISK_LIST = "ml.ml_score", "ml.ml_score_reason", "ml.ml_risk_list"
MODELS, EVALUATIONS = "ml.ml_model", "ml.ml_evaluation"

# Whether a line of dim_subscription, or of a list, is of the part of the base that is asked for.
IN_PART = """(
    $dimension = 'all'
    or coalesce(
        case $dimension
            when 'region' then region
            when 'segment' then segment
            when 'family' then family
            when 'contract' then contract_type
        end,
        'unknown'
    ) = $code
)"""

_MODEL = """
select *
from ml.ml_model
where target = $target and status <> 'retired'
order by status = 'champion' desc, as_of_date desc nulls last
limit 1
"""

_EVALUATIONS = """
select
    evaluations.estimator,
    evaluations.is_baseline,
    evaluations.split,
    evaluations.test_as_of_date,
    evaluations.test_rows,
    evaluations.test_positives,
    evaluations.metric,
    evaluations.value
from ml.ml_evaluation as evaluations
where evaluations.model_id = $model
order by evaluations.is_baseline, evaluations.estimator, evaluations.metric
"""

_NEWEST = "select max(as_of_date) as as_of_date from ml.ml_score where target = 'churn'"

_DISTRIBUTION = f"""
with

scored as (

    select scores.score, subscriptions.customer_id
    from ml.ml_score as scores
    left join marts.dim_subscription as subscriptions
        on scores.subscription_id = subscriptions.subscription_id and subscriptions.is_current
    where
        scores.target = 'churn'
        and scores.as_of_date = $as_of_date
        and {IN_PART}

),

widths as (

    select greatest(ceil(max(score) * 100) / 100.0, 0.01) / $bins as width
    from scored

),

binned as (

    select
        scored.customer_id,
        widths.width,
        least(floor(scored.score / widths.width), $bins - 1) as bin,
        max(bin) over (partition by scored.customer_id) as top_bin
    from scored
    cross join widths

)

-- A customer counts in its highest bin only, so that customers of several bins may be added up.
select
    100 * width * bin as low,
    100 * width * (bin + 1) as high,
    count(*) as subscriptions,
    count(distinct customer_id) filter (where bin = top_bin) as customers
from binned
group by width, bin
order by low
"""

_TOTALS = f"""
select
    count(*) as subscriptions,
    count(distinct subscriptions.customer_id) as customers,
    avg(scores.score) as expected_share,
    sum(scores.score) as expected_exits,
    quantile_cont(scores.score, 0.9) as top_tenth_from,
    sum(scores.score * coalesce(subscriptions.monthly_charge, 0)) as charge_at_risk
from ml.ml_score as scores
left join marts.dim_subscription as subscriptions
    on scores.subscription_id = subscriptions.subscription_id and subscriptions.is_current
where
    scores.target = 'churn'
    and scores.as_of_date = $as_of_date
    and {IN_PART}
"""

_THEMES = f"""
with

top_tenth as (

    select scores.subscription_id, subscriptions.customer_id
    from ml.ml_score as scores
    left join marts.dim_subscription as subscriptions
        on scores.subscription_id = subscriptions.subscription_id and subscriptions.is_current
    where
        scores.target = 'churn'
        and scores.as_of_date = $as_of_date
        and scores.score >= $top_tenth_from
        and {IN_PART}

),

reasons as (

    select reasons.subscription_id, reasons.theme, top_tenth.customer_id
    from ml.ml_score_reason as reasons
    inner join top_tenth
        on reasons.subscription_id = top_tenth.subscription_id
    where
        reasons.target = 'churn'
        and reasons.as_of_date = $as_of_date
        and reasons.direction = 'raises'
        and reasons.reason_rank = 1

)

select
    theme,
    count(*) as subscriptions,
    count(distinct customer_id) as customers,
    (select count(*) from top_tenth) as top_tenth
from reasons
group by theme
order by subscriptions desc, theme
"""

_RISK_LIST = f"""
select
    subscription_id,
    score,
    base_rate,
    coalesce(offering_name, family) as offering,
    region,
    segment,
    monthly_charge,
    may_be_contacted,
    sentences_en,
    sentences_ru
from ml.ml_risk_list
where
    as_of_date = $as_of_date
    and {IN_PART}
order by score desc, subscription_id
limit $limit
"""

_SUMMARY = """
select *
from ml.ml_score_summary
where
    target = 'churn'
    and as_of_date = $as_of_date
    and part = $part
    and dimension = $dimension
    and dimension_value = $code
order by low, subscriptions desc, name
"""

_SIZES = """
select dimension_value as code, customers
from ml.ml_score_summary
where
    target = 'churn'
    and as_of_date = $as_of_date
    and part = 'total'
    and dimension = $dimension
order by code
"""

_OFFERS = """
select
    recommendations.offering_id,
    coalesce(recommendations.offering_name, recommendations.offering_id) as offering_name,
    recommendations.score,
    recommendations.score_kind,
    recommendations.rank,
    recommendations.as_of_date,
    offerings.family,
    cast(offerings.monthly_price as double) as monthly_price
from ml.ml_recommendation as recommendations
left join marts.dim_product_offering as offerings
    on recommendations.offering_id = offerings.offering_id and offerings.is_current
where recommendations.subscription_id = $subscription
qualify recommendations.as_of_date = max(recommendations.as_of_date) over ()
order by recommendations.rank
limit 3
"""


def model(target: str) -> pd.Series | None:
    """Return the model in use for a target (or why there is none), or None when none was tried."""
    if not shown().has(MODELS):
        return None
    rows = ask(_MODEL, target=target)
    return None if rows.empty else rows.iloc[0]


def evaluations(model_id: str) -> pd.DataFrame:
    """Return every measurement of a model and of the baselines beside it."""
    return ask(_EVALUATIONS, model=model_id) if shown().has(EVALUATIONS) else pd.DataFrame()


def newest_scores() -> object | None:
    """Return the date of the newest churn scores, or None."""
    if not shown().has(SCORES):
        return None
    date = ask(_NEWEST)["as_of_date"].iloc[0]
    return None if pd.isna(date) else date


def summary(as_of_date: object, dimension: str, code: str, part: str) -> pd.DataFrame:
    """Return what `cx score` added up of a slice; empty in a release made before it did."""
    if not shown().has(SUMMARY):
        return pd.DataFrame()
    return ask(_SUMMARY, as_of_date=as_of_date, part=part, dimension=dimension, code=code)


def distribution(as_of_date: object, dimension: str = ALL, code: str = ALL) -> pd.DataFrame:
    """Return how many subscriptions have which score, in percent; small bins are joined."""
    rows = summary(as_of_date, dimension, code, "bin")
    if rows.empty:
        asked = {"as_of_date": as_of_date, "dimension": dimension, "code": code}
        rows = ask(_DISTRIBUTION, **asked, bins=BINS)
    return with_small_bins_joined(rows[["low", "high", "subscriptions", "customers"]])


def totals(as_of_date: object, dimension: str = ALL, code: str = ALL) -> pd.Series:
    """Return what the scores of a part of the base add up to; `is_small` where it is not told."""
    rows = summary(as_of_date, dimension, code, "total")
    if rows.empty:
        rows = ask(_TOTALS, as_of_date=as_of_date, dimension=dimension, code=code)
    own = rows.iloc[0]
    return pd.concat([own, pd.Series({"is_small": _is_small(own, as_of_date, dimension, code)})])


def _is_small(own: pd.Series, as_of_date: object, dimension: str, code: str) -> bool:
    """Tell whether a part has few customers, or is what hides one that has."""
    if dimension == ALL or not shown().has(SUMMARY):
        return bool(own["customers"] < FEWEST)
    parts = ask(_SIZES, as_of_date=as_of_date, dimension=dimension)
    told = without_small_parts(parts, "customers").set_index("code")["customers"]
    return bool(own["customers"] < FEWEST or (code in told.index and pd.isna(told[code])))


def themes(as_of_date: object, dimension: str, code: str, top_tenth_from: float) -> pd.DataFrame:
    """Return the main theme of the tenth with the highest scores; small cells are empty.

    Shares and counts tell how large the tenth is: what the shown leave of it is not of few either.
    """
    if not shown().has(REASONS):
        return pd.DataFrame()
    rows = summary(as_of_date, dimension, code, "theme").rename(columns={"name": "theme"})
    if rows.empty:
        rows = ask(
            _THEMES,
            as_of_date=as_of_date,
            dimension=dimension,
            code=code,
            top_tenth_from=top_tenth_from,
        )
    safe = without_small_parts(rows, "customers")
    is_small = safe["customers"].isna()
    lines = safe["subscriptions"].astype(float).mask(is_small)
    return safe.assign(subscriptions=lines, is_small=is_small)


@needs("persons")
def risk_list(as_of_date: object, dimension: str = ALL, code: str = ALL) -> pd.DataFrame:
    """Return the subscriptions with the highest scores, by pseudonym, with reasons in words.

    Nothing in a release of an earlier version, which keeps no list.
    """
    if not shown().has(RISK_LIST):
        return pd.DataFrame()
    asked = {"as_of_date": as_of_date, "dimension": dimension, "code": code}
    return ask(_RISK_LIST, **asked, limit=LISTED)


@needs("persons")
def offers(subscription: str) -> pd.DataFrame:
    """Return the products a subscription is likeliest to want next."""
    if not shown().has("ml.ml_recommendation"):
        return pd.DataFrame()
    return ask(_OFFERS, subscription=subscription)
