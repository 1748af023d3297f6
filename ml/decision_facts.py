"""What the decision desk knows: lines, actions in force, and effects that were measured."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import pandas as pd

from ml import datasets
from ml.offer_effects import OfferCurves, fitted_curves
from ml.registry import CHURN
from ml.terms import read_terms
from ml.train_effects import USABLE
from ml.train_uplift import PERSUADABILITY
from ml.uncertain import Uncertain

REPAIR, NOTIFY, FIX, CALL = "repair_first", "notify", "fix_bill", "call"
OFFER, CHANGE, NOTHING = "offer", "change_plan", "do_nothing"
EXITS, CONTACTS, TAKES = "exits", "contacts", "takes"
ASSUMED, EVENTS, CAMPAIGNS = "assumption", "ml_effect", "hold-out of campaigns"
OWN = "own hold-out"
# Over which we can begin; a voice menu, a shop or a site only answers.
CHANNELS = ("phone", "chat", "app", "email", "sms", "push", "letter", "social")
NOBODY = Uncertain(0.0)


@dataclass(frozen=True)
class Facts:
    """What the desk knows, read once.

    Parameters
    ----------
    lines : DataFrame
        features.decision_lines with risk, clv, clv_low, clv_high, months, uplift, uplift_error,
        is_held_out; one row a line.
    actions : DataFrame, indexed by action_id
        marts.dim_action in force.
    effects : DataFrame
        ml.ml_effect.
    scales : dict of (action_id, outcome) to Uncertain
        How much of what was foretold the desk's own hold-out found; 1 where it found nothing yet.
    contact_cost : float
        Money a contact with a person costs.
    margin_share : float
        Of revenue.
    benefit_months : int
        A sale's margin is counted for at most so long.
    average_uplift : Uncertain or None
        Exits a contact prevents on average, where a hold-out measured it.
    offers : DataFrame
        subscription_id, offering_id, offering_name, is_addon, monthly_price, score, is_probability.
    offer_curves : OfferCurves or None
        What offers add by score, where trials measured it.
    plans : DataFrame
        features.plan_fits.
    """

    lines: pd.DataFrame
    actions: pd.DataFrame
    effects: pd.DataFrame
    scales: dict[tuple[str, str], Uncertain]
    contact_cost: float
    margin_share: float
    benefit_months: int
    average_uplift: Uncertain | None
    offers: pd.DataFrame
    offer_curves: OfferCurves | None
    plans: pd.DataFrame

    def assumed(self, action: str) -> Uncertain:
        """Return an action's assumed effect."""
        row = self.actions.loc[action]
        return Uncertain.between(
            float(row["assumed_effect"]),
            float(row["assumed_effect_low"]),
            float(row["assumed_effect_high"]),
        )

    def effect(self, kind: str, outcome: str) -> Uncertain:
        """Return what a unit of an event causes; nothing where that is not usable."""
        row = self._effect_row(kind, outcome)
        if row is None or row["status"] != USABLE:
            return NOBODY
        return Uncertain.between(float(row["estimate"]), float(row["low"]), float(row["high"]))

    def usual_dose(self, kind: str) -> float:
        """Return the mean dose of a line the event happened to: what may still be to come."""
        row = self._effect_row(kind, CONTACTS)
        lines = 0 if row is None else row["exposed_lines"]
        return float(row["dose_total"]) / float(lines) if lines else 0.0

    def _effect_row(self, kind: str, outcome: str) -> pd.Series | None:
        found = self.effects[
            (self.effects["effect_kind"] == kind) & (self.effects["outcome"] == outcome)
        ]
        return found.iloc[0] if len(found) else None


def read_lines(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Return the lines with their risk, worth, uplift and draw."""
    return connection.execute(
        """
        select
            lines.*,
            scores.score as risk,
            worths.clv,
            worths.clv_low,
            worths.clv_high,
            worths.expected_lifetime_months as months,
            case when uplifts.list_kind = $kind then uplifts.uplift end as uplift,
            case when uplifts.list_kind = $kind then uplifts.uplift_error end as uplift_error,
            held_out.subscription_id is not null as is_held_out
        from features.decision_lines as lines
        left join ml.ml_score as scores
            on
                lines.subscription_id = scores.subscription_id
                and lines.as_of_date = scores.as_of_date
                and scores.target = $target
        left join ml.ml_value as worths
            on
                lines.subscription_id = worths.subscription_id
                and lines.as_of_date = worths.as_of_date
        left join ml.ml_uplift_score as uplifts
            on
                lines.subscription_id = uplifts.subscription_id
                and lines.as_of_date = uplifts.as_of_date
        left join ml.ml_hold_out as held_out
            on
                lines.subscription_id = held_out.subscription_id
                and date_trunc('month', lines.as_of_date) = held_out.campaign_month
        order by lines.subscription_id
        """,
        {"target": CHURN, "kind": PERSUADABILITY},
    ).df()


def read_habits(connection: duckdb.DuckDBPyConnection, as_of_date: object) -> pd.DataFrame:
    """Return how to approach each line that agreed to profiling, where its own past tells.

    Returns
    -------
    DataFrame
        subscription_id, channel and day_part (missing where only the segment speaks) and
        upset_share, of approaches that ended in a complaint or a no for good.
    """
    columns = ["subscription_id", "channel", "day_part", "upset_share"]
    if not datasets.has_table(connection, "features", "preference_shares"):
        return pd.DataFrame(columns=columns)
    return connection.execute(
        """
        select
            subscription_id,
            arg_max(choice, (leaning, choice)) filter (
                where habit = 'channel' and times > 0 and list_contains($channels, choice)
            ) as channel,
            -- when it calls though others do not, but not at night
            arg_max(choice, (leaning, choice)) filter (
                where habit = 'day part' and times > 0 and choice <> 'night'
            ) as day_part,
            max(share) filter (where habit = 'answer' and choice = 'upset') as upset_share
        from features.preference_shares
        where as_of_date = $day
        group by subscription_id
        order by subscription_id
        """,
        {"day": as_of_date, "channels": list(CHANNELS)},
    ).df()


def read_desk_terms(connection: duckdb.DuckDBPyConnection, as_of_date: object) -> pd.Series | None:
    """Return the terms in force."""
    found = connection.execute(
        "select * from seeds.decision_terms where valid_from <= ? order by valid_from desc limit 1",
        [as_of_date],
    ).df()
    return found.iloc[0] if len(found) else None


def read_actions(connection: duckdb.DuckDBPyConnection, as_of_date: object) -> pd.DataFrame:
    """Return the actions in force, in their order."""
    return (
        connection.execute(
            "select * from marts.dim_action where valid_from <= $day "
            "and coalesce(valid_to > $day, true) order by action_order, action_id",
            {"day": as_of_date},
        )
        .df()
        .set_index("action_id")
    )


def read_facts(
    connection: duckdb.DuckDBPyConnection,
    lines: pd.DataFrame,
    actions: pd.DataFrame,
    scales: dict[tuple[str, str], Uncertain],
    terms: pd.Series,
    trials: pd.DataFrame,
) -> Facts:
    """Read the rest of what is known of these lines.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
    lines : DataFrame
        Of read_lines.
    actions : DataFrame
        Of read_actions.
    scales : dict
        Of action_outcomes.effects.
    terms : Series
        Of read_desk_terms.
    trials : DataFrame
        Of ml.offer_trials.tried.
    """
    as_of_date = lines["as_of_date"].iloc[0]
    campaign = read_terms(connection, as_of_date)
    usual = campaign.clv if campaign is not None else 0.0
    lines = lines.assign(
        **{name: lines[name].fillna(lines["clv"]).fillna(usual) for name in ("clv_low", "clv_high")}
    )
    lines["clv"] = lines["clv"].fillna(usual)
    offers = connection.execute(
        """
        select
            offers.subscription_id,
            offers.offering_id,
            coalesce(offers.offering_name, offers.offering_id) as offering_name,
            sold.is_addon,
            cast(sold.monthly_price as double) as monthly_price,
            offers.score,
            coalesce(offers.score_kind, '') <> 'affinity' as is_probability
        from ml.ml_recommendation as offers
        inner join features.preference_offerings as sold
            on offers.offering_id = sold.offering_id
        where offers.as_of_date = ? and sold.monthly_price is not null
        order by offers.subscription_id, offers.offering_id
        """,
        [as_of_date],
    ).df()
    plans = pd.DataFrame()
    if datasets.has_table(connection, "features", "plan_fits"):
        plans = connection.execute("""
            -- of all plans a line could be on, the two that are compared
            select
                plans.subscription_id,
                plans.as_of_date,
                plans.offering_id,
                plans.is_current,
                plans.fit_rank,
                plans.shock_risk,
                plans.monthly_saving,
                plans.saving_error,
                plans.confidence,
                coalesce(sold.offering_name, plans.offering_id) as offering_name
            from features.plan_fits as plans
            left join features.preference_offerings as sold using (offering_id)
            where plans.is_current or plans.fit_rank = 1
            order by plans.subscription_id, plans.offering_id
        """).df()
    prices = connection.execute("select contact_cost from features.effect_prices").fetchall()
    share = connection.execute("select margin_share from features.value_terms").fetchall()
    return Facts(
        lines=lines,
        actions=actions,
        effects=connection.execute("select * from ml.ml_effect order by all").df(),
        scales=scales,
        contact_cost=float(prices[0][0] or 0.0) if prices else 0.0,
        margin_share=float(share[0][0]),
        benefit_months=int(terms["benefit_months"]),
        average_uplift=_average_uplift(connection, int(terms["least_trial"])),
        offers=offers,
        offer_curves=fitted_curves(
            trials, int(terms["least_trial"]), bool(offers["is_probability"].all())
        ),
        plans=plans,
    )


def _average_uplift(connection: duckdb.DuckDBPyConnection, least_trial: int) -> Uncertain | None:
    """Return the exits a retention contact prevents on average, where hold-outs measured it."""
    found = connection.execute(
        "select value, low, high from ml.ml_uplift where estimator = 'everyone' "
        "and coalesce(is_randomised, true) and least(treated, control) >= ? order by all",
        [least_trial],
    ).fetchall()
    return Uncertain.between(*map(float, found[0])) if found else None
