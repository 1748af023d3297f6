"""Which ranking keeps most customers: uplift learners, response model, risk ranking or chance?

    .venv/bin/python -m benchmarks.uplift
    .venv/bin/python -m benchmarks.uplift --seeds 1 2 3 4 5
    .venv/bin/python -m benchmarks.uplift --home var --truth var/extracts/…/truth
    .venv/bin/python -m benchmarks.uplift --simulate 48000 --seeds 1 2 3 4
    .venv/bin/python -m benchmarks.uplift --mail --seeds 1 2 3 4 5 6

Without a home, on randomised trials whose effect is planted: one that grows with the risk, one that
has nothing to do with it, one that has both signs, and none. With a home, on its own campaigns, and
beside what the simulator planted, which nothing else reads: the share of the hazard a contact takes
away, times the risk as estimated. With --simulate, on the simulator's own customers, everybody it
may offer to being drawn and half held out, by what an operator knows of them: no warehouse needed.
Prints; nothing else depends on it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from cx.settings import Settings
from cx.warehouse import reading, scratch
from ingest import simulator
from ingest.simulator.rates import RATES
from ml import uplift_measures
from ml.train_uplift import CHOSEN, RESPONSE, cross_fitted
from ml.trials import Trial, balance_rows, read_trial
from ml.uplift import Propensity

SEED = 20261123
ROWS = 20_000
SHARE = 0.85
DRAWS = 200


def planted(kind: str, seed: int) -> tuple[Trial, np.ndarray]:
    """Return a trial and the exits each contact truly prevents, per line."""
    rng = np.random.default_rng(seed)
    tenure = rng.uniform(0, 2000, ROWS)
    charge = rng.uniform(5, 60, ROWS)
    contacts = rng.poisson(1.0, ROWS)
    risk = 0.03 + 0.12 * (tenure < 500) + 0.04 * np.minimum(contacts, 3)
    effect = {
        "grows with the risk": 0.4 * risk,
        "unlike the risk": 0.6 * risk * (charge > 40),
        "both signs": risk * np.where(charge > 40, 0.5, np.where(contacts > 1, -0.4, 0.0)),
        "none": 0.0 * risk,
    }[kind]
    treated = rng.random(ROWS) < SHARE
    left = rng.random(ROWS) < risk - effect * treated
    accepts = rng.random(ROWS) < 0.1 + 0.2 * (tenure > 1000)
    rows = pd.DataFrame(
        {
            "campaign_id": "K1",
            "subscription_id": [f"S{n}" for n in range(ROWS)],
            "customer_id": [f"C{n}" for n in range(ROWS)],
            "has_accepted": np.where(treated, accepts, None),
        }
    )
    X = pd.DataFrame({"tenure_days": tenure, "monthly_charge": charge, "contacts_90d": contacts})
    return Trial(rows, X, left, treated, np.full(ROWS, treated.mean())), effect


def compare(trial: Trial, effect: np.ndarray | None, title: str) -> None:
    """Print each ranking's measures, and the true effect among the tenth it puts first."""
    scores = cross_fitted(trial, SEED)
    times = uplift_measures.resamples(trial.rows["customer_id"].to_numpy(), DRAWS, SEED)
    tie = np.arange(len(trial.X))
    arms = trial.arms
    print(
        f"\n{title}: {arms['treated']:,} contacted ({arms['treated_exits']} left), "
        f"{arms['control']:,} held out ({arms['control_exits']} left)"
    )
    if effect is not None:
        print(f"  true effect of contacting everyone: {100 * effect.mean():.2f} pp")
        scores = scores | {"the truth itself": effect}
    heads = f"{'top 10 %, pp':>26}{'true, pp':>10}{'true Qini':>12}"
    print(f"  {'ranking':24}{'Qini / 1,000 lines':>28}{heads}")
    for name, score in scores.items():
        found = uplift_measures.measures(
            score, trial.has_left, trial.is_treated, trial.treated_share, times, tie
        )
        cells = []
        for key, scale in (("qini", 1000), ("uplift_at_10", 100)):
            low, high = np.quantile(found[key][1:], [0.025, 0.975]) * scale
            cells.append(f"{found[key][0] * scale:6.2f} ({low:6.2f} to {high:6.2f})")
        true = ""
        if effect is not None:
            order = np.lexsort((tie, -score))
            true = f"{100 * effect[order[: len(order) // 10]].mean():10.2f}"
            # What the ranking is really worth, without the luck of this trial's exits.
            true += (
                f"{1000 * (np.cumsum(effect[order]).mean() / len(order) - effect.mean() / 2):12.2f}"
            )
        print(f"  {name:24}{cells[0]:>28}{cells[1]:>26}{true}")


MAILINGS = ("about what they buy", "brings back the lapsed")
LEAST_FOUND = 0.8


def mailed(seed: int, rows: int = 42_600, kind: str = MAILINGS[0]) -> tuple[Trial, np.ndarray]:
    """Return a mailing to half of a shop's customers, and the visits each letter truly brings.

    A visit is the opposite of an exit: `has_left` says that a customer did not come. Who comes
    without a letter depends on recency, spending and where they live; what a letter brings on
    whether it is about what they buy (or on whether they had lapsed), and, each seed in its own
    way, on the rest.
    """
    rng = np.random.default_rng(seed)
    recency, history = rng.integers(1, 13, rows), rng.lognormal(5.0, 0.95, rows).clip(30, 3_300)
    buys = rng.choice(3, rows, p=[0.45, 0.45, 0.10])
    own = (buys == 1) | (buys == 2)
    other = (buys == 0) | (buys == 2)
    zip_code = rng.choice(["suburban", "urban", "rural"], rows, p=[0.45, 0.40, 0.15])
    is_new = rng.random(rows) < 0.5
    channel = rng.choice(["phone", "web", "both"], rows, p=[0.44, 0.44, 0.12])
    logit = -2.0 - 0.07 * recency + 0.12 * np.log(history / 150) + 0.35 * (zip_code == "rural")
    logit += 0.25 * other - 0.5 * is_new + 0.2 * (channel == "both")
    moved = own if kind == MAILINGS[0] else recency > 6
    lift = rng.uniform(0.05, 0.25) + rng.uniform(0.3, 0.7) * moved
    lift += rng.normal(0, 0.12) * is_new + rng.normal(0, 0.015) * (recency - 6.5)
    lift += rng.normal(0, 0.12) * (zip_code == "rural") + rng.normal(0, 0.12) * (channel == "web")
    chance = 1 / (1 + np.exp(-np.stack([logit, logit + lift])))
    treated = rng.random(rows) < 0.5
    visits = rng.random(rows) < np.where(treated, chance[1], chance[0])
    keys = pd.DataFrame(
        {
            "campaign_id": "K1",
            "subscription_id": [f"S{n}" for n in range(rows)],
            "customer_id": [f"C{n}" for n in range(rows)],
            "has_accepted": np.where(treated, visits, None),
        }
    )
    X = pd.DataFrame(
        {
            "recency": recency,
            "history": history.round(2),
            "buys_own": own,
            "buys_other": other,
            "zip_code": zip_code,
            "is_new": is_new,
            "channel": channel,
        }
    )
    trial = Trial(keys, X, ~visits, treated, np.full(rows, treated.mean()))
    return trial, chance[1] - chance[0]


def mailings(seeds: list[int]) -> int:
    """Print the Qini of each ranking over the mailings; say whether ours finds what is there."""
    is_short = False
    for kind in MAILINGS:
        found: dict[str, list[tuple[float, float]]] = {}
        for seed in seeds:
            trial, effect = mailed(seed, kind=kind)
            once = np.ones((1, len(trial.X)))
            tie = np.random.default_rng(seed).permutation(len(trial.X))
            scores = cross_fitted(trial, SEED) | {"the truth itself": effect}
            for name, score in scores.items():
                told = uplift_measures.measures(
                    score, trial.has_left, trial.is_treated, trial.treated_share, once, tie
                )
                order = np.lexsort((tie, -score))
                true = np.cumsum(effect[order]).mean() / len(order) - effect.mean() / 2
                found.setdefault(name, []).append((1000 * float(told["qini"][0]), 1000 * true))
        print(f"\n{kind}, {len(seeds)} mailings")
        print(f"  {'ranking':24}{'Qini / 1,000':>14}{'true Qini':>12}{'worst true':>12}")
        for name, pairs in found.items():
            told, true = np.array(pairs).T
            print(f"  {name:24}{told.mean():14.2f}{true.mean():12.2f}{true.min():12.2f}")
        ours, response, truth = (
            np.mean([pair[1] for pair in found[name]])
            for name in (CHOSEN, RESPONSE, "the truth itself")
        )
        print(
            f"  true Qini beside the response model's: ours {ours / response:.1f} times, the "
            f"truth itself {truth / response:.1f} times; ours finds {ours / truth:.0%} of it"
        )
        is_short |= bool(ours < LEAST_FOUND * truth)
    return int(is_short)


def of_home(home: Path, truth: Path | None) -> None:
    """Compare on the campaigns of a home, beside the planted multipliers where there are any."""
    with reading(Settings(home=home)) as connection:
        trial = read_trial(connection)
        if truth is not None:
            multipliers = connection.execute(
                f"""
                select contacts.subscription_id, contacts.campaign_id,
                    min(planted.hazard_if_treated) as multiplier
                from '{truth}/offers.parquet' as planted
                inner join staging.stg_campaign_contacts as sent
                    on planted.contact_id = sent.contact_id and sent.is_current
                inner join features.uplift_contacts as contacts
                    on sent.product_id = contacts.subscription_id
                    and sent.campaign_id = contacts.campaign_id
                group by all
                """
            ).df()
    for row in balance_rows(trial, SEED):
        print(f"balance, {row['measure']}: {row['value']:.3f}")
    effect = None
    if truth is not None:
        keys = ["subscription_id", "campaign_id"]
        multiplier = trial.rows[keys].merge(multipliers, on=keys, how="left")["multiplier"]
        risk = Propensity().fit(trial.X, trial.has_left).predict(trial.X)
        effect = risk * (1 - multiplier.fillna(1.0).to_numpy())
    compare(trial, effect, f"campaigns of {home}")


OFFERED = """
select
    'K' || offer.campaign_n as campaign_id,
    'S' || offer.subscription_n as subscription_id,
    'C' || offer.customer_n as customer_id,
    offer.arm = 'treated' as is_treated,
    case when is_treated then offer.response = 'accepted' end as has_accepted,
    coalesce(subscription.ended_at < offer.contacted_at + interval 90 day, false) as has_left,
    case offer.retention_type
        when 'persuadable' then rate().offer_persuadable
        when 'sleeping_dog' then 1 + rate().offer_sleeping_dog
        else 1.0
    end as multiplier,
    subscription.family,
    subscription.contract_type,
    subscription.monthly_charge,
    date_diff('day', subscription.started_at, offer.contacted_at) as tenure_days,
    date_diff('day', offer.contacted_at, subscription.contract_ends_at) as days_to_contract_end,
    if(customer.is_business, 'business', 'consumer') as segment,
    case
        when customer.age is null then null
        when customer.age < 25 then '18-24'
        when customer.age < 35 then '25-34'
        when customer.age < 45 then '35-44'
        when customer.age < 55 then '45-54'
        when customer.age < 65 then '55-64'
        else '65+'
    end as age_band
from offer
inner join subscription on offer.subscription_n = subscription.subscription_n
inner join customer on offer.customer_n = customer.customer_n
where offer.kind = 'retention' and offer.contacted_at < $last - interval 90 day
order by 1, 2
"""
NOT_KNOWN = ("campaign_id", "subscription_id", "customer_id", "is_treated", "has_accepted")


def simulated(subscriptions: int, seed: int, months: int = 9) -> None:
    """Compare on the simulator's customers, everybody drawn and half of them held out."""
    RATES.update(offer_per_campaign=1 / 3, hold_out=0.5)
    last = date(2026, 10, 1)
    with scratch() as connection, tempfile.TemporaryDirectory() as folder:
        simulator._run(connection, Path(folder), subscriptions, months, seed, last, 0)
        rows = connection.execute(OFFERED, {"last": last}).df()
    share = rows.groupby("campaign_id")["is_treated"].transform("mean").to_numpy()
    X = rows.drop(columns=[*NOT_KNOWN, "has_left", "multiplier"])
    has_left = rows["has_left"].to_numpy(dtype=bool)
    trial = Trial(rows, X, has_left, rows["is_treated"].to_numpy(dtype=bool), share)
    risk = Propensity().fit(X[~trial.is_treated], has_left[~trial.is_treated]).predict(X)
    effect = risk * (1 - rows["multiplier"].to_numpy())
    compare(
        trial, effect, f"simulator, seed {seed}, {subscriptions:,} subscriptions, {months} months"
    )


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--truth", type=Path)
    parser.add_argument("--simulate", type=int, help="subscriptions")
    parser.add_argument("--seeds", type=int, nargs="+", default=[SEED], help="of what is made up")
    parser.add_argument("--mail", action="store_true", help="made-up mailings")
    arguments = parser.parse_args()
    if arguments.mail:
        return mailings(arguments.seeds)
    if arguments.home:
        of_home(arguments.home, arguments.truth)
        return 0
    if arguments.simulate:
        for seed in arguments.seeds:
            simulated(arguments.simulate, seed)
        return 0
    for kind in ("grows with the risk", "unlike the risk", "both signs", "none"):
        for seed in arguments.seeds:
            compare(*planted(kind, seed), f"{kind}, seed {seed}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
