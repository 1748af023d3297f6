"""Does the desk know whom an offer wins? Gains planted per customer, found again from a trial.

    make bench-offer-gain
    .venv/bin/python -m benchmarks.offer_gain --rows 2000
    .venv/bin/python -m benchmarks.offer_gain --home var

Six made-up markets; in each a trial offers a product to 85 of 100 lines by chance, and what an
offer adds is then foretold for other lines, the likelier half: by the desk's curves, by spreading
the difference of the arms in proportion to the score, and by multiplying the score's odds by the
odds ratio of the arms. Printed: the gap of foretold and planted gain, mean of tenths of the lines
in the order of what was foretold; the Qini of that order; and the money made by asking whom it says
to ask, as a share of what the truth would make. With a home made by `cx demo` the same of its own
trials, beside the truth next to its extracts (an offer is accepted by 0.30 × taste³); nothing else
reads that.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from cx.settings import Settings
from cx.warehouse import reading
from ml.offer_effects import fitted_curves
from ml.offer_trials import tried

TRIALS = 40
LEAST = 100
SHARE = 0.85
# What a taker brings and a contact costs.
MARGIN, COST = 50.0, 1.0
MARKETS = ("odds times 3", "odds times 12", "3 pp for all", "taste", "the sure lose", "nothing")
TASTES = {"ADD-TV": "tv_affinity", "ADD-DATA": "data_affinity"}


def market(kind: str, rows: int, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """Return the chance to take it unasked and asked, and the score, which errs a little."""
    base = expit(rng.normal(-4.5, 1, rows))
    is_sure = rng.random(rows) < 0.05
    if kind in ("odds times 12", "the sure lose"):
        base = np.where(is_sure, rng.uniform(0.3, 0.8, rows), base)
    asked = {
        "odds times 3": expit(logit(base) + np.log(3)),
        "odds times 12": expit(logit(base) + np.log(12)),
        "3 pp for all": base + 0.03 * (1 - base),
        "the sure lose": expit(logit(base) + np.where(is_sure, 0.0, np.log(4))),
        "nothing": base,
    }
    if kind == "taste":
        taste = rng.random(rows)
        base = 0.002 + 0.01 * taste**4
        asked[kind] = base + 0.3 * taste**3 * (1 - base)
    return base, asked[kind], expit(logit(base) + rng.normal(0, 0.3, rows))


def foretold(trial: pd.DataFrame, offering: str, score: np.ndarray) -> dict[str, np.ndarray]:
    """Return the gain by each way to tell it."""
    own = trial[trial["offering_id"] == offering]
    arms = own.groupby("is_treated")["has_taken"].agg(["sum", "size"]).reindex([True, False])
    rates = (arms["sum"] / arms["size"]).to_numpy()
    odds = ((arms["sum"] + 0.5) / (arms["size"] - arms["sum"] + 0.5)).to_numpy()
    curves = fitted_curves(trial, LEAST)
    return {
        "the desk's curves": curves.gain(offering, score)[0].value,
        "in proportion to the score": np.clip(
            (rates[0] - rates[1]) * score / score.mean(), 0, 1 - score
        ),
        "odds ratio of the arms": expit(logit(score) + np.log(odds[0] / odds[1])) - score,
    }


def measures(found: np.ndarray, gain: np.ndarray, tie: np.ndarray) -> tuple[float, ...]:
    """Return the gap by tenths in points, Qini per 1,000 lines, and money made."""
    order = np.lexsort((tie, -found))
    tenths = np.array_split(order, 10)
    gap = np.mean([abs(found[each].mean() - gain[each].mean()) for each in tenths])
    qini = np.cumsum(gain[order]).mean() / len(gain) - gain.mean() / 2
    money = (MARGIN * gain - COST)[MARGIN * found > COST].sum()
    return 100 * gap, 1000 * qini, money, 100 * found.max()


def made_up(rows: int) -> None:
    """Print the measures of each market, mean of the trials."""
    for kind in MARKETS:
        told: dict[str, list[tuple[float, ...]]] = {}
        for seed in range(TRIALS):
            rng = np.random.default_rng(seed)
            base, asked, score = market(kind, rows, rng)
            arm = rng.random(rows) < SHARE
            taken = rng.random(rows) < np.where(arm, asked, base)
            told_of = {"campaign_id": "K", "offering_id": "A", "is_treated": arm}
            trial = pd.DataFrame(told_of | {"has_taken": taken, "score": score})
            base, asked, score = market(kind, 20_000, rng)
            likely = rng.permutation(np.argsort(-score)[:10_000])
            gain, tie = (asked - base)[likely], rng.permutation(len(likely))
            for name, found in foretold(trial, "A", score[likely]).items():
                told.setdefault(name, []).append(measures(found, gain, tie))
            told.setdefault("the truth itself", []).append(measures(gain, gain, tie))
        print(f"\n{kind}, trials of {rows:,} lines")
        table(told)


def of_home(home: Path) -> None:
    """Print the measures of a home's offers of today beside what was planted."""
    settings = Settings(home=home)
    people = pd.read_parquet(sorted(home.glob("extracts/*/truth/customers.parquet"))[-1])
    with reading(settings) as connection:
        trial = tried(connection, settings)
        offers = connection.execute(
            "select offers.offering_id, offers.score, lines.customer_id "
            "from ml.ml_recommendation as offers "
            "inner join features.decision_lines as lines using (subscription_id) "
            "order by offers.subscription_id, offers.offering_id"
        ).df()
    for offering, taste in TASTES.items():
        own = offers[offers["offering_id"] == offering]
        gain = 0.3 * people.set_index("customer_id")[taste].reindex(own["customer_id"]) ** 3
        gain, tie = gain.to_numpy(), np.random.default_rng(0).permutation(len(own))
        told = {
            name: [measures(found, gain, tie)]
            for name, found in foretold(trial, offering, own["score"].to_numpy()).items()
        }
        tried_rows = int((trial["offering_id"] == offering).sum())
        print(f"\n{offering}, {tried_rows:,} lines tried, {len(own):,} to be offered it")
        table(told | {"the truth itself": [measures(gain, gain, tie)]})


def table(told: dict[str, list[tuple[float, ...]]]) -> None:
    """Print one row a way."""
    best = np.mean([each[2] for each in told["the truth itself"]])
    heads = ("gap, pp", "Qini / 1,000", "money", "largest, pp")
    print(f"  {'':28}" + "".join(f"{head:>14}" for head in heads))
    for name, found in told.items():
        gap, qini, money, largest = np.mean(found, axis=0)
        share = f"{money / best:.1%}" if best > 0 else f"{money:,.0f}"
        print(f"  {name:28}{gap:14.2f}{qini:14.2f}{share:>14}{largest:14.1f}")


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=8_000, help="lines of a made-up trial")
    parser.add_argument("--home", type=Path, help="a home made by `cx demo` and scored")
    wanted = parser.parse_args()
    if wanted.home is None:
        made_up(wanted.rows)
    else:
        of_home(wanted.home)


if __name__ == "__main__":
    main()
