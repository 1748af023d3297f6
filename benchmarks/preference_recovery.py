"""How far are the simulator's planted tastes, channels and hours recovered, beside each baseline?

    make bench-preference HOME=var

Reads a home made by `cx demo` and the truth beside its extracts. Of every product with a planted
taste: how many of all pairs of lines that could take it the probability puts in the order of their
customers' tastes (equal probabilities count half: somebody has to be asked first), for the
recommender and every rival. Spearman, which rises where many are given the same, stands beside,
then Spearman with equals in a drawn order, and the mean taste of the 5 % given most. Of channel and
hour: how often the likeliest choice is the planted favourite, and the log-loss of the favourite,
for the customer's share, for the segment's alone and for the customer's raw count; and how well the
things done after the last date but one were foretold. Beside it how well what was taken was
foretold, date by date by what was known before. Nothing here is used to fit anything.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import kendalltau, norm, spearmanr

from cx.settings import Settings
from cx.warehouse import reading
from ml import datasets
from ml.preference_contest import LEAST_TAKERS, RIVALS, THE_MODEL, fitted
from ml.preference_tables import Choices
from ml.train_churn import SEED
from ml.train_preference import MAX_ROWS, outcomes_of

TASTES = {
    "ADD-TV": "tv_affinity",
    "ADD-TVMAX": "tv_affinity",
    "ADD-DATA": "data_affinity",
    "ADD-SEC": "security_affinity",
    "ADD-ROAM": "roaming_affinity",
}
DAY_PARTS = np.array(["night"] * 8 + ["morning"] * 4 + ["afternoon"] * 5 + ["evening"] * 4)
DAY_PARTS = np.concatenate([DAY_PARTS, ["night"] * 3])


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--truth", type=Path, help="folder truth; found below the home's extracts")
    wanted = parser.parse_args()
    settings = Settings(home=wanted.home)
    found = sorted(wanted.home.glob("extracts/*/truth"))
    truth = wanted.truth or (found[-1] if found else None)
    if truth is None:
        parser.error("no truth below the home's extracts; say --truth")
    people = pd.read_parquet(truth / "customers.parquet")
    tastes(settings, people)
    if "favourite_channel" in people:
        habits(settings, people)


def tastes(settings: Settings, people: pd.DataFrame) -> None:
    """Print the rank correlation of each product's probability with the planted taste."""
    with reading(settings) as connection:
        cutoffs = datasets.preference_cutoffs(connection)
        sold = datasets.offerings_on_sale(connection)
        labelled = cutoffs[cutoffs["labelled"] > 0]
        if labelled["takers"].sum() < LEAST_TAKERS:
            print(f"fewer than {LEAST_TAKERS} takers: nothing is learned of what is taken")
            return
        newest = cutoffs["as_of_date"].max()
        dates = [*labelled["as_of_date"].tolist(), newest]
        rows = datasets.preference_rows(connection, sorted(set(dates)), MAX_ROWS, SEED)
        owners = connection.execute(
            "select subscription_id, customer_id from features.preference_cohort "
            "where as_of_date = ?",
            [newest],
        ).df()
    choices = outcomes_of(rows, sold, "take")
    foretold(choices, labelled)
    past = (
        choices.as_of.isin(labelled["as_of_date"]).to_numpy() & (choices.as_of != newest).to_numpy()
    )
    learned, now = choices.part(past), choices.part((choices.as_of == newest).to_numpy())
    keys = rows.loc[(choices.as_of == newest).to_numpy(), "subscription_id"].reset_index(drop=True)
    owner = keys.map(owners.set_index("subscription_id")["customer_id"])
    planted = people.set_index("customer_id").reindex(owner)
    print(f"tastes, {len(keys):,} lines; pairs in the order of their planted tastes")
    print("  (Spearman; with equals in a drawn order; mean taste of the 5 % given most)")
    for name in (THE_MODEL, *RIVALS):
        model = fitted(name, learned, SEED)
        chance = model.predict_proba(now.X)
        can = pd.DataFrame(model.eligible(now.X), columns=model.items_)
        told = []
        for item, taste in TASTES.items():
            if item not in chance or can[item].sum() < 30:
                continue
            own = can[item].to_numpy()
            given = chance.loc[own, item].to_numpy()
            wanted = planted.loc[own, taste].to_numpy()
            # The same for everybody tells nobody apart.
            rho, pairs = 0.0, 0.5
            drawn, top = drawn_order(given, wanted)
            if given.min() < given.max():
                rho, pairs = spearmanr(given, wanted).statistic, in_order(given, wanted)
            half = norm.ppf(0.975) / (3 * np.sqrt(own.sum()))
            told.append(f"{item} {pairs:.3f} ±{half:.3f} ({rho:+.3f}; {drawn:+.3f}; {top:.3f})")
        print(f"  {name:20s} " + "  ".join(told))


def foretold(choices: Choices, labelled: pd.DataFrame) -> None:
    """Print each contestant's log-loss of what was taken, summed over walk-forward dates."""
    addons, totals, takings = [], {}, 0
    for date in labelled["as_of_date"]:
        known = labelled.loc[labelled["window_to"] <= date, "as_of_date"]
        before = choices.part(choices.as_of.isin(known).to_numpy())
        if np.nansum(before.Y.to_numpy(float)) < LEAST_TAKERS:
            continue
        now = choices.part((choices.as_of == date).to_numpy())
        takings += int(np.nansum(now.Y.to_numpy(float)))
        for name in (THE_MODEL, *RIVALS):
            chance = fitted(name, before, SEED).predict_proba(now.X)
            addons = [item for item in chance if str(item).startswith("ADD-")]
            for item in chance.columns.intersection(now.Y.columns):
                taken = now.Y[item].to_numpy(float)
                likely = np.clip(np.where(taken == 1, chance[item], 1 - chance[item]), 1e-9, 1)
                loss = -np.nansum(np.where(np.isnan(taken), 0, now.weight * np.log(likely)))
                totals[name, item] = totals.get((name, item), 0.0) + loss
    print(f"log-loss of {takings} takings by what was known before, add-ons and plans")
    for name in (THE_MODEL, *RIVALS):
        own = pd.Series({item: each for (whose, item), each in totals.items() if whose == name})
        each = "  ".join(f"{item} {own[item]:.0f}" for item in own.index.intersection(addons))
        print(f"  {name:20s} {own[own.index.isin(addons)].sum():.0f}  "
              f"{own[~own.index.isin(addons)].sum():.0f}  {each}")  # fmt: skip


def drawn_order(given: np.ndarray, wanted: np.ndarray) -> tuple[float, float]:
    """Return Spearman and the mean taste of the twentieth given most, mean over orders of equals.

    Parameters
    ----------
    given, wanted : ndarray of shape (n,)
    """
    rng, found = np.random.default_rng(SEED), []
    for _ in range(20):
        order = np.lexsort((rng.random(len(given)), -given))
        top = wanted[order[: max(len(given) // 20, 1)]].mean()
        found.append((-spearmanr(np.argsort(order), wanted).statistic, top))
    rho, top = np.mean(found, axis=0)
    return float(rho), float(top)


def in_order(given: np.ndarray, wanted: np.ndarray) -> float:
    """Return the share of pairs that `given` orders as `wanted` does, equal ones counted half.

    Parameters
    ----------
    given, wanted : ndarray of shape (n,)
        No two of `wanted` are equal.
    """
    _, times = np.unique(given, return_counts=True)
    all_pairs = len(given) * (len(given) - 1) / 2
    apart = all_pairs - (times * (times - 1) / 2).sum()
    # Kendall's tau b divides by what neither ties; here every pair counts.
    tau = kendalltau(given, wanted).statistic * np.sqrt(apart / all_pairs)
    return float((1 + tau) / 2)


def habits(settings: Settings, people: pd.DataFrame) -> None:
    """Print how the favourite channel and hour are recovered, and the next contacts foretold."""
    with reading(settings) as connection:
        shares = connection.execute(
            "select shares.*, cohort.customer_id from features.preference_shares as shares "
            "inner join features.preference_cohort as cohort using (subscription_id, as_of_date) "
            "where habit in ('channel', 'day part')"
        ).df()
        events = connection.execute(
            "select * from features.preference_events where habit in ('channel', 'day part')"
        ).df()
    favourite = people.set_index("customer_id")
    planted = {
        "channel": favourite["favourite_channel"],
        "day part": pd.Series(
            DAY_PARTS[favourite["favourite_hour"].to_numpy(dtype=int)], index=favourite.index
        ),
    }
    newest, before = shares["as_of_date"].max(), shares["as_of_date"].min()
    for habit, truth in planted.items():
        own = shares[(shares["habit"] == habit)].drop_duplicates(
            ["customer_id", "as_of_date", "choice"]
        )
        now = own[own["as_of_date"] == newest]
        seen = now[now["evidence"] > 0]
        strength = now["prior_strength"].iloc[0]
        print(f"{habit}: the segment weighs as much as {strength:g} things done")
        for least in (1, 3):
            rows = seen[seen["evidence"] >= least]
            if rows.empty:
                continue
            told = _recovered(rows, truth)
            print(
                f"  {told['customers']:,} customers with {least} or more; favourite named: "
                f"leaning {told['own']:.1%}, likeliest {told['share']:.1%}, own count "
                f"{told['count']:.1%}, segment {told['segment']:.1%}"
            )
        later = events[
            (events["habit"] == habit)
            & (events["happened_at"] >= before)
            & (events["happened_at"] < newest)
        ]
        told = _foretold(own[own["as_of_date"] == before], later)
        if told:
            print(
                f"  {told['events']:,} contacts from {before:%Y-%m-%d} on, by what was known then: "
                f"log-loss own share {told['own']:.4f}, segment {told['segment']:.4f}, own count "
                f"{told['count']:.4f}"
            )


def _recovered(rows: pd.DataFrame, truth: pd.Series) -> dict[str, float]:
    by = rows.sort_values("choice").set_index("customer_id")
    named = {}
    by_column = {"own": "leaning", "share": "share", "count": "times", "segment": "prior_share"}
    for name, column in by_column.items():
        best = by.sort_values(column, ascending=False, kind="stable").groupby(level=0).head(1)
        named[name] = best["choice"]
    # The segment's likeliest is the same for all; it need not be among a customer's own rows.
    common = rows.groupby("choice")["prior_share"].mean().idxmax()
    named["segment"] = pd.Series(common, index=named["own"].index)
    told = {
        name: float((found == truth.reindex(found.index)).mean()) for name, found in named.items()
    }
    return told | {"customers": len(named["own"])}


def _foretold(rows: pd.DataFrame, later: pd.DataFrame) -> dict[str, float]:
    """Return the mean log-loss of what was done later, by each kind of forecast."""
    if rows.empty or later.empty:
        return {}
    known = rows.drop_duplicates("customer_id").set_index("customer_id")
    later = later[later["customer_id"].isin(known.index)]
    if later.empty:
        return {}
    base = rows[rows["choice_rank"] == 1].groupby("choice")["prior_share"].first()
    every = rows.groupby("choice")["prior_share"].mean().combine_first(base)
    every = every / every.sum()
    table = later.merge(
        rows[["customer_id", "choice", "times", "share", "prior_share"]],
        on=["customer_id", "choice"],
        how="left",
    )
    evidence = table["customer_id"].map(known["evidence"]).to_numpy(dtype=float)
    strength = float(known["prior_strength"].iloc[0])
    prior = table["prior_share"].fillna(table["choice"].map(every)).fillna(0.01).to_numpy(float)
    times = table["times"].fillna(0).to_numpy(dtype=float)
    own = (times + strength * prior) / (evidence + strength)
    count = (times + 0.5) / (evidence + 0.5 * len(every))
    return {
        "events": len(table),
        "own": float(-np.log(own).mean()),
        "segment": float(-np.log(prior).mean()),
        "count": float(-np.log(count).mean()),
    }


if __name__ == "__main__":
    main()
