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
from ml.unmet_need_counts import (
    BETTER,
    BETTER_PLAN,
    BEYOND,
    BEYOND_PLAN,
    HELD_TOGETHER,
    LEAVING,
    LEFT_DAYS,
    LEFT_PLANS,
    TOGETHER,
)


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
        counted = [
            connection.execute(query).df() for query in (BEYOND_PLAN, BETTER_PLAN, HELD_TOGETHER)
        ]
        counted.append(connection.execute(LEFT_PLANS, {"days": LEFT_DAYS}).df())
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
        "{:.0f}%",
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
