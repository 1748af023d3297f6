"""How fast is one action a line chosen, and how far from the best, as the base grows?

    make bench-choice

Made-up lines with three options each, budget, capacities and contacts scarce at once: harder than a
desk's night, where most options do not pay. Up to 12,000 lines the exact optimum stands beside the
choice by prices.
"""

from __future__ import annotations

import time

import numpy as np

from ml.choice import Choice, Limits, Options, choose

PER_LINE = 3


def drawn(lines: int, seed: int = 7) -> tuple[Options, Limits]:
    """Return options with values, costs and loads drawn anew, and limits that bind."""
    random = np.random.default_rng(seed)
    line = np.repeat(np.arange(lines), PER_LINE)
    action = np.tile(np.arange(PER_LINE), lines)
    customers = lines * 7 // 10
    count = len(line)
    options = Options(
        line=line,
        customer=random.integers(0, customers, lines)[line],
        action=action,
        value=random.normal(1, 4, count).round(2),
        cost=random.uniform(0, 5, count).round(2),
        load=np.where(action == 0, random.choice([0.25, 0.5, 1.0], count), 1.0),
        is_contact=action > 0,
    )
    limits = Limits(
        budget=0.3 * options.cost.sum() / PER_LINE,
        capacity=np.array([0.1 * lines, np.inf, 0.1 * lines]),
        contacts=random.integers(0, 3, customers),
    )
    return options, limits


def timed(options: Options, limits: Limits, most_exact: int) -> tuple[Choice, float]:
    """Return the choice and its CPU seconds."""
    started = time.process_time()
    return choose(options, limits, most_exact=most_exact), time.process_time() - started


def main() -> None:
    """Run it."""
    for lines in (1_500, 12_000, 100_000, 500_000):
        options, limits = drawn(lines)
        priced, seconds = timed(options, limits, most_exact=0)
        reached = options.value[priced.is_chosen].sum()
        told = f"{lines:>9,} lines: by prices {seconds:.1f} CPU-s, gap {priced.gap:.4%}"
        if lines <= 12_000:
            exact, own = timed(options, limits, most_exact=10**9)
            missing = 1 - reached / options.value[exact.is_chosen].sum()
            told += f"; exact {own:.1f} CPU-s, {missing:.4%} better"
        print(told)


if __name__ == "__main__":
    main()
