"""One recommended action for each line: what earns most, within what may be spent and asked."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pandas as pd

from cx.settings import Settings
from cx.warehouse import reading, writing
from ml import action_outcomes, datasets, registry
from ml.choice import Choice, Limits, Options, choose
from ml.decision_facts import (
    CONTACTS,
    EXITS,
    NOTHING,
    TAKES,
    Facts,
    read_actions,
    read_desk_terms,
    read_facts,
    read_habits,
    read_lines,
)
from ml.decision_options import all_options
from ml.decision_reasons import write_actions, write_options
from ml.offer_trials import tried
from ml.report import Report
from ml.work_list import write_work_list

NEEDED = (
    ("features", "decision_lines"),
    ("features", "offer_trials"),
    ("features", "effect_prices"),
    ("features", "value_terms"),
    ("marts", "dim_action"),
    ("seeds", "decision_terms"),
)
BUDGET, CAPACITY, FATIGUE = "budget", "capacity", "contact fatigue"
ALONE = "better left alone"


def score_actions(settings: Settings) -> Report:
    """Write ml_action with its options, plan, history, outcomes and effects.

    Parameters
    ----------
    settings : Settings

    Returns
    -------
    Report
    """
    started = time.perf_counter()
    with writing(settings) as connection:
        registry.create_tables(connection)
        if not all(datasets.has_table(connection, *each) for each in NEEDED):
            return Report(["actions: the features are not built; run `cx build`"], {})
        action_outcomes.forget(connection)
        prices = connection.execute("select * from features.effect_prices").df().iloc[0]
        followed = action_outcomes.follow(
            connection, int(prices["exit_days"]), int(prices["contact_days"])
        )
    with reading(settings) as connection:
        lines = read_lines(connection)
        if not len(lines):
            return Report(["actions: nobody is there, so nothing is chosen"], {})
        as_of_date = lines["as_of_date"].iloc[0]
        terms = read_desk_terms(connection, as_of_date)
        if terms is None:
            return Report(["actions: no terms (seed decision_terms), so nothing is chosen"], {})
        actions = read_actions(connection, as_of_date)
        outcomes = connection.execute("select * from ml.ml_action_outcome order by all").df()
        effects, scales = action_outcomes.effects(outcomes, actions, int(terms["least_trial"]))
        trials = tried(connection, settings)
        facts = read_facts(connection, lines, actions, scales, terms, trials)
        given, spent = action_outcomes.given_before(connection, as_of_date)
        habits = read_habits(connection, as_of_date)
    # Who is better left alone is not approached, whatever it might bring.
    facts = replace(facts, lines=with_habits(facts.lines, habits, terms))
    options = all_options(facts)
    posed, limits = programme(options, facts, terms, given, spent)
    choice = choose(posed, limits)
    tables = written_tables(options, posed, choice, limits, facts, terms)
    history = history_rows(options, choice, facts)
    del options, posed, lines  # each would be held while all is written
    due = {EXITS: prices["exit_days"], CONTACTS: prices["contact_days"]}
    due[TAKES] = action_outcomes.TAKE_DAYS
    effects = action_outcomes.with_dates(
        effects,
        outcomes[pd.to_datetime(outcomes["given_on"]) < pd.Timestamp(as_of_date)],
        history,
        {name: pd.Timestamp(as_of_date) + pd.Timedelta(days=int(n)) for name, n in due.items()},
        int(terms["least_trial"]),
    )
    with writing(settings) as connection:
        written = write_options(connection, tables.pop("ml_action_option"))
        written += write_actions(connection, tables.pop("ml_action"))
        written += sum(
            registry.replace_rows(connection, name, frame) for name, frame in tables.items()
        )
        written += registry.replace_rows(connection, "ml_action_effect", _nulls(effects))
        written += write_work_list(connection, facts.lines, terms, settings.fewest_customers)
        action_outcomes.keep(connection, history, as_of_date)
    plan, seconds = tables["ml_action_plan"], time.perf_counter() - started
    doing = plan[(plan["action_id"] != NOTHING) & (plan["recommended"] > 0)]
    told = ", ".join(
        f"{row['recommended']:,} {row['action_id']}" for row in doing.to_dict("records")
    )
    withheld = int(plan["withheld"].sum())
    # Nothing is done for who is withheld, either: they are no others.
    idle = int(plan.loc[plan["action_id"] == NOTHING, "recommended"].iloc[0]) - withheld
    value, low, high = (doing[name].sum() for name in ("value", "value_low", "value_high"))
    quality = f"within {choice.gap:.2%} of the best" if choice.method == "priced" else choice.method
    return Report(
        [
            f"actions of {as_of_date:%Y-%m-%d}: {told or 'nothing that pays'}; "
            f"{withheld:,} withheld by chance, the other {idle:,} left alone; "
            f"worth {value:,.0f} ({low:,.0f} to {high:,.0f}) {terms['currency'] or ''}; choice "
            f"{quality}, in {seconds:.1f} s"
        ],
        {
            "rows": written + followed,
            "actions_recommended": int(doing["recommended"].sum()),
            "actions_value": round(float(value), 2),
            "actions_seconds": round(seconds, 2),
        },
    )


def programme(
    options: pd.DataFrame,
    facts: Facts,
    terms: pd.Series,
    given: pd.DataFrame,
    spent: float,
) -> tuple[Options, Limits]:
    """Pose the choice for everybody, held out or not, so that one rule chooses for both arms.

    What was chosen earlier in the month is paid for already: chosen again it uses nothing more.
    """
    ids = list(facts.actions.index)
    pairs = pd.MultiIndex.from_frame(options[["subscription_id", "action_id"]])
    is_paid = pairs.isin(pd.MultiIndex.from_frame(given[["subscription_id", "action_id"]]))
    used = given.groupby("action_id")["load"].sum().reindex(ids).fillna(0.0)
    most = facts.actions["most_a_month"].astype(float).fillna(np.inf)
    customers = pd.Index(sorted(facts.lines["customer_id"].fillna("").unique()))
    made = facts.lines.groupby(facts.lines["customer_id"].fillna(""))["approaches_lately"].max()
    made = made.reindex(customers).to_numpy(dtype=np.int64)
    alone = facts.lines.groupby(facts.lines["customer_id"].fillna(""))["is_left_alone"].any()
    may_get = np.where(alone.reindex(customers), 0, int(terms["most_contacts"]))
    limits = Limits(
        budget=max(_or_no_limit(terms["budget"]) - spent, 0.0),
        capacity=np.maximum((most - used).to_numpy(dtype=np.float64), 0.0),
        contacts=np.maximum(may_get - made, 0),
    )
    posed = Options(
        line=pd.factorize(options["subscription_id"])[0],
        customer=customers.get_indexer(options["customer_id"].fillna("")),
        action=pd.Index(ids).get_indexer(options["action_id"]),
        value=options["value"].to_numpy(dtype=np.float64),
        cost=np.where(is_paid, 0.0, options["cost"].to_numpy(dtype=np.float64)),
        load=np.where(is_paid, 0.0, options["load"].to_numpy(dtype=np.float64)),
        is_contact=options["is_contact"].to_numpy(dtype=bool),
    )
    return posed, limits


def with_habits(lines: pd.DataFrame, habits: pd.DataFrame, terms: pd.Series) -> pd.DataFrame:
    """Return the lines with how to approach them, and whether they are better left alone."""
    table = lines.merge(habits, on="subscription_id", how="left")
    most = _or_no_limit(terms["most_upset_share"])
    table["is_left_alone"] = (table["upset_share"].astype(float) > most).to_numpy(dtype=bool)
    return table


def written_tables(
    options: pd.DataFrame,
    posed: Options,
    choice: Choice,
    limits: Limits,
    facts: Facts,
    terms: pd.Series,
) -> dict[str, pd.DataFrame]:
    """Return ml_action_option, ml_action and ml_action_plan; reasons come later."""
    as_of_date = facts.lines["as_of_date"].iloc[0]
    options = options.assign(
        as_of_date=as_of_date, is_chosen=choice.is_chosen, currency=terms["currency"]
    )
    names = facts.offers.drop_duplicates("offering_id").set_index("offering_id")["offering_name"]
    plans = facts.plans.get("offering_name")
    if plans is not None:
        names = names.combine_first(
            facts.plans.drop_duplicates("offering_id").set_index("offering_id")["offering_name"]
        )
    options["offering_name"] = options["offering_id"].map(names)
    chosen = options[choice.is_chosen]
    best = options[["subscription_id", "action_id", "value", "is_contact"]].sort_values(
        ["value", "action_id"], ascending=[False, True], kind="stable"
    )
    best = best.drop_duplicates("subscription_id").set_index("subscription_id")
    kept = ["subscription_id", "as_of_date", "is_held_out", "approaches_lately", "is_left_alone"]
    lines = facts.lines[[*kept, "channel", "day_part"]]
    actions = lines.merge(
        chosen.drop(columns=["as_of_date", "is_chosen", "customer_id"]),
        on="subscription_id",
        how="left",
    )
    actions["best_action_id"] = actions["subscription_id"].map(best["action_id"])
    actions["best_value"] = actions["subscription_id"].map(best["value"])
    is_limited = (actions["best_value"] > 0) & (
        actions["value"].isna() | (actions["best_value"] > actions["value"] + 1e-9)
    )
    is_full = actions["best_action_id"].map(
        dict(zip(facts.actions.index, choice.capacity_price > 0, strict=False))
    )
    is_tired = actions["subscription_id"].map(best["is_contact"]).fillna(False).astype(bool)
    limited = np.where(
        is_tired & actions["is_left_alone"],
        ALONE,
        np.where(
            is_tired & (actions["approaches_lately"] >= int(terms["most_contacts"])),
            FATIGUE,
            np.where(
                is_full.fillna(False).astype(bool),
                CAPACITY,
                np.where(choice.budget_price > 0, BUDGET, np.where(is_tired, FATIGUE, CAPACITY)),
            ),
        ),
    )
    actions["limited_by"] = np.where(is_limited, limited, None)
    has_hold_out = actions["action_id"].map(facts.actions["has_hold_out"]).fillna(False)
    is_withheld = has_hold_out.astype(bool) & actions["is_held_out"].astype(bool)
    actions["withheld_action_id"] = np.where(is_withheld, actions["action_id"], None)
    actions["action_id"] = np.where(
        is_withheld | actions["action_id"].isna(), NOTHING, actions["action_id"]
    )
    idle = actions["action_id"] == NOTHING
    is_contact = actions["action_id"].map(facts.actions["is_contact"]).astype(bool)
    actions.loc[~is_contact, ["channel", "day_part"]] = None
    actions.loc[idle, ["offering_id", "offering_name", "problem_id", "effect_source"]] = None
    actions.loc[idle, _NUMBERS] = 0.0
    actions = actions.assign(terms_version=int(terms["terms_version"]), currency=terms["currency"])
    plan = _plan(options, actions, posed, choice, limits, facts, terms)
    return {"ml_action_option": options, "ml_action": actions, "ml_action_plan": plan}


_NUMBERS = [
    *("value", "value_low", "value_high", "benefit", "cost"),
    *("exits_prevented", "contacts_prevented", "takes"),
]


def history_rows(options: pd.DataFrame, choice: Choice, facts: Facts) -> pd.DataFrame:
    """Return what was chosen, in both arms, with what it was foretold to change."""
    chosen = options[choice.is_chosen].merge(
        facts.lines[["subscription_id", "is_held_out"]], on="subscription_id"
    )
    chosen["has_hold_out"] = chosen["action_id"].map(facts.actions["has_hold_out"]).astype(bool)
    chosen["is_held_out"] = chosen["is_held_out"].astype(bool) & chosen["has_hold_out"]
    # Withheld, it costs nothing and takes nobody's time.
    for name in ("cost", "load"):
        chosen[name] = np.where(chosen["is_held_out"], 0.0, chosen[name])
    kept = registry.column_names("ml_action_history")
    return chosen[[name for name in kept if name not in ("campaign_month", "given_on")]]


def _plan(
    options: pd.DataFrame,
    actions: pd.DataFrame,
    posed: Options,
    choice: Choice,
    limits: Limits,
    facts: Facts,
    terms: pd.Series,
) -> pd.DataFrame:
    """Return a row an action: how many of how many, what it is worth, what its limit costs.

    Used is what today's choice uses: what was chosen on an earlier day of the month is paid for.
    """
    ids = list(facts.actions.index)
    owners = facts.lines.set_index("subscription_id")["customer_id"]
    actions = actions.assign(customer_id=actions["subscription_id"].map(owners))
    weighed, own = options.groupby("action_id"), actions.groupby("action_id")
    chosen = options[options["is_chosen"]]
    table = pd.DataFrame({"action_id": ids}).set_index("action_id")
    table["options"] = weighed.size()
    table["worth_doing"] = options.loc[options["value"] > 0, "action_id"].value_counts()
    table["chosen"] = chosen.groupby("action_id").size()
    table["withheld"] = actions.groupby("withheld_action_id").size()
    table["recommended"] = own.size()
    table["customers"] = own["customer_id"].nunique()
    for name in ("value", "value_low", "value_high", "benefit", "cost"):
        table[name] = own[name].sum()
    today = posed.part(np.flatnonzero(choice.is_chosen))
    table["used"] = np.bincount(today.action, weights=today.load, minlength=len(ids))
    table = table.fillna(0.0).reset_index()
    counts = ["options", "worth_doing", "chosen", "withheld", "recommended", "customers"]
    table[counts] = table[counts].astype("int64")
    most = np.where(np.isfinite(limits.capacity), limits.capacity, np.nan)
    table = table.assign(
        as_of_date=facts.lines["as_of_date"].iloc[0],
        most=most,
        price=choice.capacity_price if len(choice.capacity_price) else 0.0,
        method=choice.method,
        gap=choice.gap,
        budget=limits.budget if np.isfinite(limits.budget) else np.nan,
        budget_used=today.cost.sum(),
        budget_price=choice.budget_price,
        terms_version=int(terms["terms_version"]),
        currency=terms["currency"],
    )
    return table[registry.column_names("ml_action_plan")]


def _or_no_limit(value: object) -> float:
    return np.inf if value is None or pd.isna(value) else float(value)


def _nulls(table: pd.DataFrame) -> pd.DataFrame:
    return table.astype(object).where(table.notna(), None)
