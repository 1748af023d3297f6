"""What could be done for each line, what it would bring and cost, by effects that were measured."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ml.decision_facts import (
    ASSUMED,
    CALL,
    CAMPAIGNS,
    CHANGE,
    CONTACTS,
    EVENTS,
    EXITS,
    FIX,
    NOBODY,
    NOTIFY,
    OFFER,
    OWN,
    REPAIR,
    TAKES,
    Facts,
)
from ml.offer_effects import added_takes
from ml.uncertain import Uncertain

SHARE_OF_EXCESS = "share of the excess"
TEXTS = (
    *("subscription_id", "customer_id", "action_id", "offering_id", "problem_id"),
    "effect_source",
)
CLV = ("clv", "clv_low", "clv_high")


def all_options(facts: Facts) -> pd.DataFrame:
    """Return every option whose action is known, in force and allowed by consent, with its value.

    Parameters
    ----------
    facts : Facts

    Returns
    -------
    DataFrame
        subscription_id, customer_id, action_id, offering_id, problem_id, exits_prevented,
        contacts_prevented, takes, benefit, cost, value, value_low, value_high, load, is_contact,
        effect_source, told_1, told_2, told_3 (figures of the reason), sorted by line and action.
    """
    parts = [
        build(facts)
        for action, build in BUILDERS.items()
        if action in facts.actions.index and len(facts.lines)
    ]
    table = pd.concat([part for part in parts if len(part)] or [_empty()], ignore_index=True)
    order = table["action_id"].map(facts.actions["action_order"])
    rows = np.lexsort((table["offering_id"].fillna(""), order, table["subscription_id"]))
    return table.iloc[rows].reset_index(drop=True)


def may_be_asked(facts: Facts, action: str) -> np.ndarray:
    """Say for each line whether its customer agreed to all the purposes of an action."""
    allowed = np.ones(len(facts.lines), dtype=bool)
    for purpose in facts.actions.loc[action, "consent_purposes"]:
        column = f"is_{purpose}_agreed"
        # A purpose nobody asked about here has not been agreed to.
        agreed = facts.lines.get(column, False)
        allowed &= np.asarray(agreed, dtype=bool)
    return allowed


def _repair(facts: Facts) -> pd.DataFrame:
    lines = facts.lines[facts.lines["open_problem_id"].notna() & may_be_asked(facts, REPAIR)]
    # No fault can be mended earlier than it would have mended itself.
    sooner = _at_most(facts.assumed(REPAIR), facts.usual_dose("outage"))
    held_down = lines["open_problem_lines"].to_numpy(dtype=np.float64)
    return _valued(
        facts,
        lines,
        REPAIR,
        exits=facts.effect("outage", EXITS) * sooner,
        contacts=facts.effect("outage", CONTACTS) * sooner,
        cost=_price(facts, REPAIR) / held_down,
        load=1 / held_down,
        source=EVENTS,
        problem_id=lines["open_problem_id"].to_numpy(),
        told=(lines["open_outage_hours"], sooner.value, held_down),
    )


def _notify(facts: Facts) -> pd.DataFrame:
    lines = facts.lines[may_be_asked(facts, NOTIFY)]
    is_down = (lines["open_problem_id"].notna() & ~lines["is_told_of_outage"]).to_numpy(dtype=bool)
    is_late = lines["late_order_item_id"].notna() & ~lines["is_told_of_order"]
    is_late = is_late.to_numpy(dtype=bool) & ~is_down
    spared = facts.assumed(NOTIFY)
    parts = []
    for rows, kind, seen in (
        (is_down, "outage", "open_outage_hours"),
        (is_late, "late_order", "late_order_days"),
    ):
        own = lines[rows]
        contacts = facts.effect(kind, CONTACTS) * facts.usual_dose(kind)
        parts.append(
            _valued(
                facts,
                own,
                NOTIFY,
                contacts=contacts * spared,
                cost=_price(facts, NOTIFY),
                source=ASSUMED,
                problem_id=own["open_problem_id"].to_numpy(),
                told=(own[seen], contacts.value, 100 * spared.value),
            )
        )
    return pd.concat(parts, ignore_index=True)


def _fix(facts: Facts) -> pd.DataFrame:
    lines = facts.lines[facts.lines["shock_bill_id"].notna() & may_be_asked(facts, FIX)]
    undone = facts.assumed(FIX)
    excess = lines["shock_excess_amount"].to_numpy(dtype=np.float64)
    row = facts.actions.loc[FIX]
    given = float(row["success_cost"])
    credited = excess * given if row["success_cost_of"] == SHARE_OF_EXCESS else given
    return _valued(
        facts,
        lines,
        FIX,
        exits=facts.effect("bill_shock", EXITS) * undone,
        contacts=facts.effect("bill_shock", CONTACTS) * undone,
        cost=_price(facts, FIX) + credited,
        source=EVENTS,
        told=(excess, credited, 100 * undone.value),
    )


def _call(facts: Facts) -> pd.DataFrame:
    lines = facts.lines[may_be_asked(facts, CALL) & facts.lines["risk"].notna()]
    risk = lines["risk"].to_numpy(dtype=np.float64)
    kept = facts.assumed(CALL)
    source = ASSUMED
    if lines["uplift"].notna().all() and len(lines):
        exits = Uncertain(*(lines[name].to_numpy(float) for name in ("uplift", "uplift_error")))
        source = CAMPAIGNS
    elif facts.average_uplift is not None:
        # What the hold-outs found on average, more of it where more is at stake.
        mean = facts.lines["risk"].mean()
        exits = facts.average_uplift * (risk / mean if mean > 0 else np.ones(len(risk)))
        source = CAMPAIGNS
    else:
        exits = kept * risk
    # Nobody leaves more surely than surely, nor less than not at all.
    exits = exits.within(risk - 1, risk)
    # A line that costs more than it brings is not called for the call to drive it away.
    is_meant = ~((exits.value < 0) & (lines["clv"].to_numpy(dtype=np.float64) < 0))
    lines, risk = lines[is_meant], risk[is_meant]
    exits = Uncertain(exits.value[is_meant], exits.error[is_meant])
    # Who would have stayed anyway takes the offer too (Verbraken et al. 2013).
    taken = 1 - risk * (1 - kept.value)
    return _valued(
        facts,
        lines,
        CALL,
        exits=exits,
        cost=_price(facts, CALL) + float(facts.actions.loc[CALL, "success_cost"]) * taken,
        source=source,
        told=(100 * risk, -100 * exits.value, lines["clv"]),
    )


def _offer(facts: Facts) -> pd.DataFrame:
    allowed = facts.lines[may_be_asked(facts, OFFER)]
    offers = allowed.merge(facts.offers, on="subscription_id", suffixes=("_now", ""))
    if not len(offers):
        return _empty()
    offers["is_addon"] = offers["is_addon"].fillna(False).astype(bool)
    takes, unasked, is_measured = added_takes(offers, facts.offer_curves, facts.assumed(OFFER))
    price = offers["monthly_price"].to_numpy(dtype=np.float64)
    paid = np.where(offers["is_addon"], 0.0, offers["monthly_charge"])
    gain = price - np.nan_to_num(paid.astype(np.float64))
    # What a cheaper plan brings in less is lost whole: it costs as much to serve.
    margin = np.where(gain > 0, gain * facts.margin_share, gain) * _months(facts, offers)
    return _valued(
        facts,
        offers,
        OFFER,
        takes=takes,
        margin=margin,
        cost=_price(facts, OFFER),
        source=np.where(is_measured, CAMPAIGNS, ASSUMED),
        told=(100 * takes.value, price, 100 * unasked),
    )[lambda table: np.isfinite(table["value"])]


def _change(facts: Facts) -> pd.DataFrame:
    allowed = facts.lines[may_be_asked(facts, CHANGE)]
    if not len(facts.plans):
        return _empty()
    now = facts.plans[facts.plans["is_current"].astype(bool)]
    best = facts.plans[(facts.plans["fit_rank"] == 1) & ~facts.plans["is_current"].astype(bool)]
    plans = best.merge(
        now[["subscription_id", "shock_risk"]], on="subscription_id", suffixes=("", "_now")
    )
    rows = allowed.drop(columns="offering_id").merge(
        plans.drop(columns="as_of_date"), on="subscription_id"
    )
    changes = facts.assumed(CHANGE)
    months = _months(facts, rows)
    saving = Uncertain(*(rows[name].to_numpy(float) for name in ("monthly_saving", "saving_error")))
    fewer_shocks = (rows["shock_risk_now"] - rows["shock_risk"]).to_numpy(float) * months
    avoided = changes * fewer_shocks
    return _valued(
        facts,
        rows,
        CHANGE,
        exits=facts.effect("bill_shock", EXITS) * avoided,
        contacts=facts.effect("bill_shock", CONTACTS) * avoided,
        takes=changes,
        # A better plan is money the operator no longer gets: nothing here assumes it keeps anybody.
        margin=saving * (-months),
        cost=_price(facts, CHANGE),
        source=ASSUMED,
        told=(rows["monthly_saving"], 100 * rows["confidence"], fewer_shocks),
    )


BUILDERS = {
    REPAIR: _repair,
    NOTIFY: _notify,
    FIX: _fix,
    CALL: _call,
    OFFER: _offer,
    CHANGE: _change,
}


def _valued(
    facts: Facts,
    lines: pd.DataFrame,
    action: str,
    *,
    exits: Uncertain = NOBODY,
    contacts: Uncertain = NOBODY,
    takes: Uncertain = NOBODY,
    margin: Uncertain | np.ndarray | float = 0.0,
    cost: np.ndarray | float,
    load: np.ndarray | float = 1.0,
    source: np.ndarray | str,
    problem_id: object = None,
    told: tuple[object, ...] = (),
) -> pd.DataFrame:
    """Put a value on an action for some lines: exits, contacts, sales in money, less its cost."""
    if not len(lines):
        return _empty()
    exits, contacts, takes = (
        found * facts.scales.get((action, outcome), Uncertain(1.0))
        for found, outcome in ((exits, EXITS), (contacts, CONTACTS), (takes, TAKES))
    )
    worth = Uncertain.between(*(lines[name].to_numpy(float) for name in CLV))
    benefit = exits * worth + contacts * facts.contact_cost + takes * margin
    spent = np.broadcast_to(np.asarray(cost, dtype=np.float64), len(lines))
    row = facts.actions.loc[action]
    is_own = any((action, outcome) in facts.scales for outcome in (EXITS, CONTACTS, TAKES))
    figures = [np.broadcast_to(np.asarray(each, dtype=np.float64), len(lines)) for each in told]
    return pd.DataFrame(
        {
            "subscription_id": lines["subscription_id"].to_numpy(),
            "customer_id": lines["customer_id"].to_numpy(),
            "action_id": action,
            "offering_id": lines["offering_id"].to_numpy() if action in (OFFER, CHANGE) else None,
            "problem_id": problem_id,
            "exits_prevented": exits.value,
            "exits_low": exits.low,
            "exits_high": exits.high,
            "contacts_prevented": contacts.value,
            "takes": takes.value,
            "benefit": benefit.value,
            "cost": spent,
            "value": benefit.value - spent,
            "value_low": benefit.low - spent,
            "value_high": benefit.high - spent,
            "load": load,
            "is_contact": bool(row["is_contact"]),
            "effect_source": OWN if is_own else source,
            **{f"told_{place}": figure for place, figure in enumerate(figures, 1)},
        }
        # As Python's own texts they would be most of what an option takes.
    ).astype(dict.fromkeys(TEXTS, "str"))


def _empty() -> pd.DataFrame:
    numbers = ("exits_prevented", "exits_low", "exits_high", "contacts_prevented", "takes")
    numbers += ("benefit", "cost", "value", "value_low", "value_high", "load")
    numbers += ("told_1", "told_2", "told_3")
    table = pd.DataFrame({name: pd.Series(dtype="str") for name in TEXTS})
    return table.assign(
        **{name: pd.Series(dtype=float) for name in numbers}, is_contact=pd.Series(dtype=bool)
    )


def _price(facts: Facts, action: str) -> float:
    return float(facts.actions.loc[action, "unit_cost"])


def _months(facts: Facts, lines: pd.DataFrame) -> np.ndarray:
    months = lines["months"].to_numpy(dtype=np.float64)
    return np.minimum(np.nan_to_num(months, nan=facts.benefit_months), facts.benefit_months)


def _at_most(found: Uncertain, most: float) -> Uncertain:
    return found if found.value <= most else found * (most / found.value)
