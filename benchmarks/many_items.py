"""Is the item recommender ever below recent popularity on a log of many items, split by time?

    make bench-many-items
    .venv/bin/python -m benchmarks.many_items --seeds 1 2 3

Made-up logs of who took what when, 210 days of 2,000 customers and 800 items, in six kinds of
market: what is in fashion moves on or stays, customers have tastes of their own or none, and they
come over the whole time or each once. Learned from the first 80 % of the rows; asked is what
customers did afterwards and had not done before. Prints NDCG@10 beside popularity, recent
popularity of several windows, and EASE alone, mean over the seeds; exit code 1 where ours is below
the best window of a kind by more than 0.005. A repeat of what was last done is no rival here: what
a customer has had is not asked.
"""

from __future__ import annotations

import argparse
import sys
import time

import numpy as np
import pandas as pd

from ml.item_choice import ndcg
from ml.items import ItemRecommender, item_weights

CUSTOMERS, ITEMS, DAYS, GROUPS = 2_000, 800, 210, 12
SPLIT = 0.8
WINDOWS = (7, 14, 30, 60)
FALL_SHORT = 0.005
# How far fashion moves, how strong tastes are, and whether a customer comes on one day only.
KINDS = {
    "fast fashion": (1.0, 0.0, False),
    "slow fashion": (0.4, 0.0, False),
    "fashion and taste": (0.7, 1.2, False),
    "lasting taste": (0.0, 1.5, False),
    "one visit each": (0.7, 0.8, True),
    "nothing moves": (0.0, 0.0, False),
}


def made(kind: str, seed: int) -> pd.DataFrame:
    """Return a log with columns customer, item, at (days), of a kind of market.

    Items have a lasting appeal, a day they come out on (a third during the log) and, with fashion,
    a wave of attention that passes; customers belong to one of a few groups with tastes.
    """
    fashion, taste, is_one_visit = KINDS[kind]
    rng = np.random.default_rng(seed)
    appeal = rng.normal(0, 1.0, ITEMS)
    comes_out = np.where(rng.random(ITEMS) < 0.34, rng.uniform(0, DAYS, ITEMS), -1.0)
    peak, width = rng.uniform(-30, DAYS + 30, ITEMS), rng.uniform(8, 60, ITEMS)
    height = fashion * rng.gamma(2, 1.5, ITEMS)
    liking = taste * rng.normal(size=(GROUPS, ITEMS))
    group = rng.integers(0, GROUPS, CUSTOMERS)
    activity = np.minimum(rng.lognormal(2.7, 1.0, CUSTOMERS).astype(int) + 3, 250)
    first = rng.uniform(0, DAYS, CUSTOMERS)
    customer = np.repeat(np.arange(CUSTOMERS), activity)
    at = first[customer] if is_one_visit else rng.uniform(0, DAYS, len(customer))
    day, item = at.astype(int), np.empty(len(customer), dtype=int)
    for each in range(DAYS):
        wave = height * np.exp(-0.5 * ((each - peak) / width) ** 2)
        # What is not out yet cannot be taken.
        level = np.where(comes_out > each, -np.inf, appeal + (wave if fashion else 0.0))
        for of in range(GROUPS):
            own = np.flatnonzero((day == each) & (group[customer] == of))
            chance = np.exp(level + liking[of])
            item[own] = rng.choice(ITEMS, len(own), p=chance / chance.sum())
    names = np.array([f"i{n:04d}" for n in range(ITEMS)], dtype=object)
    return pd.DataFrame({"customer": customer, "item": names[item], "at": at})


def ndcg_of(
    log: pd.DataFrame, future: pd.DataFrame, model: ItemRecommender
) -> dict[str, np.ndarray]:
    """Return each customer's NDCG@10 by contestant."""
    asked = pd.Index(sorted(future["customer"].unique()))
    ours = model.scores(asked)
    had = np.isneginf(ours)
    last = log["at"].max()
    place = pd.Index(model.items_).get_indexer(log["item"])
    days = {"popularity": 1e9} | {f"recent, {days} days": days for days in WINDOWS}
    scores = {"ours": ours}
    for name, window in days.items():
        recent = (log["at"] > last - window).to_numpy()
        # Of equals what was ever more popular goes first.
        count = np.bincount(place[recent], minlength=len(model.items_))
        count = count + np.bincount(place, minlength=len(model.items_)) / (len(log) + 1)
        scores[name] = np.where(had, -np.inf, count[None, :])
    held = had.astype(float)
    learned = np.zeros((log["customer"].nunique(), len(model.items_)))
    learned[pd.factorize(log["customer"])[0], place] = 1.0
    fit = held @ item_weights(learned, 200.0)
    # Who is new has nothing that goes with anything: popularity answers.
    fit[~had.any(axis=1)] = count
    scores["EASE alone"] = np.where(had, -np.inf, fit)
    return {name: ndcg(score, model.items_, asked, future) for name, score in scores.items()}


def main() -> int:
    """Print the table; say where ours is below recent popularity."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[11, 12, 13])
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), choices=list(KINDS))
    options = parser.parse_args()
    short = []
    for kind in options.kinds:
        parts, recipes, seconds = [], [], 0.0
        for seed in options.seeds:
            log = made(kind, seed).sort_values("at", kind="stable")
            cut = log["at"].iloc[int(len(log) * SPLIT)]
            past, future = log[log["at"] <= cut], log[log["at"] > cut]
            started = time.process_time()
            model = ItemRecommender().fit(past)
            seconds += time.process_time() - started
            found = ndcg_of(past, future, model)
            parts.append({name: float(each.mean()) for name, each in found.items()})
            recipes.append(model.recipe_)
        means = pd.DataFrame(parts).mean()
        told = "  ".join(f"{name} {value:.4f}" for name, value in means.items())
        print(f"{kind}: {told}  ({seconds / len(parts):.1f} CPU-s a fit)")
        told = "; ".join(
            f"{' '.join(f'{share:.2f}' for share in r.shares)}, blend {r.blend:g}" for r in recipes
        )
        print(f"    shares of half-lives {told}")
        best = means[[name for name in means.index if name.startswith("recent")]].max()
        if means["ours"] < best - FALL_SHORT:
            short.append(f"{kind}: {best - means['ours']:.4f} below recent popularity")
    for fault in short:
        print(f"short: {fault}")
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main())
