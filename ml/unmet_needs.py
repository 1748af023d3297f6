"""What customers need and are not sold: beyond their plan, together, and why plans are left."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd

from cx.settings import Settings
from cx.warehouse import reading, writing
from ml import datasets, registry
from ml.report import Report
from ml.uncertain import HALF

BEYOND, TOGETHER, LEAVING, BETTER = (
    *("usage beyond the plan", "bought together"),
    *("reason for leaving a plan", "another plan fits better"),
)
LEFT_DAYS = 180


def score_unmet_needs(settings: Settings) -> Report:
    """Write ml.ml_unmet_need of who agreed to profiling; nothing about few customers is written.

    Parameters
    ----------
    settings : Settings

    Returns
    -------
    Report
    """
    started = time.perf_counter()
    with reading(settings) as connection:
        if not all(
            datasets.has_table(connection, "features", name)
            for name in ("plan_fits", "preference_features", "preference_cohort", "effect_events")
        ):
            return Report(["unmet needs: the features are not built; run `cx build`"], {})
        counted = [connection.execute(query).df() for query in (_BEYOND, _BETTER, _TOGETHER)]
        counted.append(connection.execute(_LEAVING, {"days": LEFT_DAYS}).df())
    table = pd.concat(counted, ignore_index=True)
    table = sized(table, settings.fewest_customers)
    with writing(settings) as connection:
        written = registry.replace_rows(connection, "ml_unmet_need", table)
    seconds = time.perf_counter() - started
    return Report(
        [f"unmet needs: {written} told, {sum(map(len, counted)) - written} about too few "
         f"customers, in {seconds:.1f} s"],
        {"rows": written, "unmet_needs_seconds": round(seconds, 2)},
    )  # fmt: skip


def sized(counted: pd.DataFrame, fewest: int) -> pd.DataFrame:
    """Return needs with share and lift, their intervals and a sentence; none about few customers.

    Neither who has the need nor who of the base has it not may be fewer than `fewest` customers.

    Parameters
    ----------
    counted : DataFrame
        need, subject, other_subject, lines, customers, base_lines, base_customers, subject_lines,
        other_lines, size, size_unit.
    fewest : int
    """
    rest = counted["base_customers"] - counted["customers"]
    is_shown = (counted["customers"] >= fewest) & ((rest >= fewest) | (rest == 0))
    # Of parts of a whole, one hidden alone is what the others leave over.
    parts = counted[counted["need"] == LEAVING]
    hidden = (
        parts[~is_shown[parts.index]]
        .groupby("subject")
        .agg(cells=("customers", "size"), customers=("customers", "sum"))
    )
    for subject, told in hidden.iterrows():
        own = parts[(parts["subject"] == subject) & is_shown[parts.index]]
        if (told["cells"] < 2 or told["customers"] < fewest) and len(own):
            is_shown[own["customers"].idxmin()] = False
    table = counted[is_shown].reset_index(drop=True)
    lines, base = table["lines"].astype(float), table["base_lines"].astype(float)
    table["share"] = lines / base
    table["low"], table["high"] = wilson(lines.to_numpy(), base.to_numpy())
    lift, low, high = lifts(
        lines.to_numpy(),
        table["subject_lines"].to_numpy(dtype=float),
        table["other_lines"].to_numpy(dtype=float),
        base.to_numpy(),
    )
    table["lift"], table["lift_low"], table["lift_high"] = lift, low, high
    table["told"] = _sentences(table, *_WORDS["en"])
    table["told_ru"] = _sentences(table, *_WORDS["ru"])
    order = ["need", "share", "subject", "other_subject"]
    table = table.sort_values(order, ascending=[True, False, True, True], kind="stable")
    return table[registry.column_names("ml_unmet_need")].reset_index(drop=True)


def wilson(found: np.ndarray, of: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the 95 % interval of a share (Wilson 1927).

    Parameters
    ----------
    found, of : ndarray of shape (n,)
    """
    share, square = found / of, HALF**2
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = HALF * np.sqrt(share * (1 - share) / of + square / (4 * of**2)) / (1 + square / of)
    return np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)


def lifts(
    both: np.ndarray, one: np.ndarray, other: np.ndarray, of: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return how many times as often two things are held together as by chance, with interval.

    By the delta method on the logarithm of p(both) / (p(one) p(other)), of multinomial counts.

    Parameters
    ----------
    both, one, other, of : ndarray of shape (n,)
        Lines with both, with each, and all; missing where there is no pair.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        lift = both * of / (one * other)
        variance = (of / both - of / one - of / other + 2 * lift - 1) / of
        reach = np.exp(HALF * np.sqrt(np.maximum(variance, 0.0)))
    return lift, lift / reach, lift * reach


def _sentences(table: pd.DataFrame, words: dict[str, str], percent: str) -> list[str]:
    return [
        words[row["need"]].format(
            share=percent.format(100 * row["share"]),
            low=percent.format(100 * row["low"]),
            high=percent.format(100 * row["high"]),
            **{name: row[name] for name in _TOLD},
        )
        for row in table.to_dict("records")
    ]


_TOLD = ("subject", "other_subject", "lines", "size", "lift", "lift_low", "lift_high")
_WORDS = {
    "en": (
        {
            BEYOND: "{share} of the lines on {subject} ({low} to {high}) go beyond its data in "
            "half of their months or more, by {size:.1f} GB.",
            BETTER: "{share} of the lines on {subject} ({low} to {high}) would pay less on "
            "{other_subject}, {size:.2f} a month.",
            TOGETHER: "{subject} and {other_subject} are held together {lift:.1f} times as often "
            "as by chance ({lift_low:.1f} to {lift_high:.1f}), by {lines} lines.",
            LEAVING: "{share} of those who left {subject} ({low} to {high}): {other_subject}.",
        },
        "{:.0f} %",
    ),
    "ru": (
        {
            BEYOND: "{share} линий на «{subject}» ({low}–{high}) выходят за пакет данных в "
            "половине месяцев и чаще, на {size:.1f} ГБ.",
            BETTER: "{share} линий на «{subject}» ({low}–{high}) платили бы меньше на "
            "«{other_subject}», на {size:.2f} в месяц.",
            TOGETHER: "«{subject}» и «{other_subject}» берут вместе в {lift:.1f} раза чаще, чем "
            "случайно ({lift_low:.1f}–{lift_high:.1f}), линий: {lines}.",
            LEAVING: "{share} ушедших с «{subject}» ({low}–{high}): {other_subject}.",
        },
        "{:.0f} %",
    ),
}
_CUSTOMERS = """
    select subscription_id, as_of_date, coalesce(customer_id, subscription_id) as customer_id
    from features.preference_cohort
"""
_BEYOND = f"""
    select
        '{BEYOND}' as need,
        plans.offering_id as subject,
        null::varchar as other_subject,
        count(*) filter (where 2 * plans.windows_beyond >= plans.windows) as lines,
        count(distinct customers.customer_id) filter (
            where 2 * plans.windows_beyond >= plans.windows
        ) as customers,
        count(*) as base_lines,
        count(distinct customers.customer_id) as base_customers,
        null::double as subject_lines,
        null::double as other_lines,
        round(
            avg(plans.beyond_gb) filter (where 2 * plans.windows_beyond >= plans.windows), 6
        ) as size,
        'GB a month' as size_unit
    from features.plan_fits as plans
    inner join ({_CUSTOMERS}) as customers using (subscription_id, as_of_date)
    where plans.is_current and plans.included_data_gb is not null
    group by plans.offering_id
    order by plans.offering_id
"""
_BETTER = f"""
    with best as (
        select
            now.subscription_id,
            now.as_of_date,
            now.offering_id as subject,
            fits.offering_id as other_subject,
            fits.monthly_saving,
            count(*) over (partition by now.offering_id) as base_lines
        from features.plan_fits as now
        left join features.plan_fits as fits
            on
                now.subscription_id = fits.subscription_id
                and fits.fit_rank = 1
                and not fits.is_current
        where now.is_current
    ),
    bases as (
        select best.subject, count(distinct customers.customer_id) as base_customers
        from best
        inner join ({_CUSTOMERS}) as customers using (subscription_id, as_of_date)
        group by best.subject
    )
    select
        '{BETTER}' as need,
        best.subject,
        best.other_subject,
        count(*) as lines,
        count(distinct customers.customer_id) as customers,
        any_value(best.base_lines) as base_lines,
        any_value(bases.base_customers) as base_customers,
        null::double as subject_lines,
        null::double as other_lines,
        round(avg(best.monthly_saving), 6) as size,
        'money a month' as size_unit
    from best
    inner join ({_CUSTOMERS}) as customers using (subscription_id, as_of_date)
    inner join bases using (subject)
    where best.other_subject is not null
    group by best.subject, best.other_subject
    order by best.subject, best.other_subject
"""
# Within a family: what no broadband line can hold is not missed there.
_TOGETHER = f"""
    with lines as (
        select
            features.subscription_id,
            features.family,
            customers.customer_id,
            list_filter(
                features.held_offering_ids,
                lambda offering_id: offering_id is distinct from features.offering_id
            ) as addons
        from features.preference_features as features
        inner join ({_CUSTOMERS}) as customers using (subscription_id, as_of_date)
        where features.as_of_date = (select max(as_of_date) from features.preference_cohort)
    ),
    held as (
        select subscription_id, family, customer_id, unnest(addons) as addon from lines
    ),
    singles as (
        select family, addon, count(*) as holders from held group by family, addon
    ),
    bases as (
        select
            family,
            count(*) as base_lines,
            count(distinct customer_id) as base_customers
        from lines
        group by family
    ),
    paired as (
        select
            one.family,
            one.addon as subject,
            other.addon as other_subject,
            one.customer_id
        from held as one
        inner join held as other
            on one.subscription_id = other.subscription_id and one.addon < other.addon
    ),
    pairs as (
        select
            subject,
            other_subject,
            count(*) as lines,
            count(distinct customer_id) as customers
        from paired
        group by subject, other_subject
    ),
    -- Several families may sell both: they are told as one, by all their lines.
    sold as (
        select distinct family, subject, other_subject from paired
    ),
    chances as (
        select
            sold.subject,
            sold.other_subject,
            sum(bases.base_lines)::bigint as base_lines,
            -- A customer of two families is one: no fewer than those of the largest.
            max(bases.base_customers) as base_customers,
            sum(of_one.holders)::double as subject_lines,
            sum(of_other.holders)::double as other_lines
        from sold
        inner join bases on sold.family is not distinct from bases.family
        inner join singles as of_one
            on sold.family is not distinct from of_one.family and sold.subject = of_one.addon
        inner join singles as of_other
            on
                sold.family is not distinct from of_other.family
                and sold.other_subject = of_other.addon
        group by sold.subject, sold.other_subject
    )
    select
        '{TOGETHER}' as need,
        pairs.subject,
        pairs.other_subject,
        pairs.lines,
        pairs.customers,
        chances.base_lines,
        chances.base_customers,
        chances.subject_lines,
        chances.other_lines,
        pairs.lines::double as size,
        'lines' as size_unit
    from pairs
    inner join chances using (subject, other_subject)
    order by pairs.subject, pairs.other_subject
"""
# Who left a plan: the exit's cause, and which trouble came before; or the plan it changed to.
_LEAVING = f"""
    with
    clock as (select max(as_of) as as_of from intermediate.int_clock),
    stays as (
        select
            subscription_id,
            customer_id,
            offering_id,
            exit_cause,
            ended_at,
            valid_from,
            lead(offering_id) over (partition by subscription_id order by valid_from) as next_plan,
            lead(valid_from) over (partition by subscription_id order by valid_from) as next_from
        from marts.dim_subscription
        where offering_id is not null
    ),
    agreed as (
        select distinct subscription_id from features.preference_cohort
    ),
    gone as (
        select
            stays.subscription_id,
            coalesce(stays.customer_id, stays.subscription_id) as customer_id,
            stays.offering_id,
            case
                when stays.next_plan <> stays.offering_id then 'to ' || stays.next_plan
                else stays.exit_cause
            end as way,
            case
                when stays.next_plan <> stays.offering_id then stays.next_from else stays.ended_at
            end as gone_at
        from stays
        semi join agreed on stays.subscription_id = agreed.subscription_id
        where
            stays.next_plan <> stays.offering_id
            or (stays.next_plan is null and stays.exit_cause is not null)
    ),
    explained as (
        select
            gone.subscription_id,
            gone.customer_id,
            gone.offering_id,
            gone.way || coalesce(
                ' after ' || replace(
                    arg_max(events.effect_kind, (events.felt_at, events.effect_kind)), '_', ' '
                ),
                ''
            ) as reason
        from gone
        cross join clock
        left join features.effect_events as events
            on
                gone.subscription_id = events.subscription_id
                and events.is_exposed
                and events.felt_at < gone.gone_at
                and events.felt_at >= gone.gone_at - interval 60 day
        where gone.gone_at >= clock.as_of - to_days($days) and gone.gone_at <= clock.as_of
        group by gone.subscription_id, gone.customer_id, gone.offering_id, gone.way, gone.gone_at
    ),
    bases as (
        select
            offering_id,
            count(*) as base_lines,
            count(distinct customer_id) as base_customers
        from explained
        group by offering_id
    )
    select
        '{LEAVING}' as need,
        explained.offering_id as subject,
        explained.reason as other_subject,
        count(*) as lines,
        count(distinct explained.customer_id) as customers,
        any_value(bases.base_lines) as base_lines,
        any_value(bases.base_customers) as base_customers,
        null::double as subject_lines,
        null::double as other_lines,
        count(*)::double as size,
        'lines in {LEFT_DAYS} days' as size_unit
    from explained
    inner join bases using (offering_id)
    group by explained.offering_id, explained.reason
    order by explained.offering_id, explained.reason
"""
