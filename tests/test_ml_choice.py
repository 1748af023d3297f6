"""One action a line: the best there is, within every limit, and nothing where nothing pays."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest

from ml.choice import Limits, Options, choose

ACTIONS = 3


def drawn(
    seed: int, lines: int, customers: int, *, scarce: bool = True, per_line: int = ACTIONS
) -> tuple[Options, Limits]:
    random = np.random.default_rng(seed)
    line = np.repeat(np.arange(lines), per_line)
    action = np.tile(np.arange(per_line), lines)
    owner = random.integers(0, customers, lines)
    count = len(line)
    options = Options(
        line=line,
        customer=owner[line],
        action=action,
        value=random.normal(1, 4, count).round(2),
        cost=random.uniform(0, 5, count).round(2),
        load=np.where(action == 0, random.choice([0.25, 0.5, 1.0], count), 1.0),
        is_contact=action > 0,
    )
    share = random.uniform(0.1, 0.7) if scarce else np.inf
    limits = Limits(
        budget=share * options.cost.sum() / per_line,
        capacity=np.array([share * lines / 3, np.inf, np.ceil(share * lines / 3)])
        if scarce
        else np.full(per_line, np.inf),
        contacts=random.integers(0, 3, customers) if scarce else np.full(customers, lines),
    )
    return options, limits


def keeps_every_limit(options: Options, limits: Limits, is_chosen: np.ndarray) -> bool:
    own = options.part(is_chosen)
    used = np.bincount(own.action, weights=own.load, minlength=len(limits.capacity))
    made = np.bincount(own.customer[own.is_contact], minlength=len(limits.contacts))
    return bool(
        len(np.unique(own.line)) == len(own.line)
        and own.cost.sum() <= limits.budget + 1e-6
        and (used <= limits.capacity + 1e-6).all()
        and (made <= limits.contacts).all()
    )


def best_by_trying_everything(options: Options, limits: Limits) -> float:
    ways = [[-1, *np.flatnonzero(options.line == line)] for line in np.unique(options.line)]
    best = 0.0
    for picked in product(*ways):
        mask = np.zeros(len(options.value), dtype=bool)
        mask[[each for each in picked if each >= 0]] = True
        if keeps_every_limit(options, limits, mask):
            best = max(best, options.value[mask].sum())
    return best


@pytest.mark.parametrize("seed", range(20))
def test_the_choice_is_the_one_that_trying_everything_finds(seed):
    options, limits = drawn(seed, lines=5, customers=3)
    choice = choose(options, limits)
    assert keeps_every_limit(options, limits, choice.is_chosen)
    assert options.value[choice.is_chosen].sum() == pytest.approx(
        best_by_trying_everything(options, limits), abs=1e-6
    )


def test_where_no_limit_binds_each_line_gets_its_best_and_no_solver_is_asked():
    options, limits = drawn(1, lines=300, customers=100, scarce=False)
    choice = choose(options, limits)
    assert choice.method == "free"
    best = np.maximum(options.value.reshape(-1, ACTIONS).max(axis=1), 0).sum()
    assert options.value[choice.is_chosen].sum() == pytest.approx(best)


@pytest.mark.parametrize("seed", range(30))
def test_no_limit_is_ever_broken_exact_or_by_prices(seed):
    options, limits = drawn(100 + seed, lines=60 + 5 * seed, customers=25)
    for most_exact in (10**9, 0):
        choice = choose(options, limits, most_exact=most_exact)
        assert keeps_every_limit(options, limits, choice.is_chosen)
        assert (options.value[choice.is_chosen] > 0).all()


@pytest.mark.parametrize("seed", range(5))
def test_by_prices_it_is_as_near_to_the_best_as_it_says(seed):
    options, limits = drawn(200 + seed, lines=1_500, customers=900)
    exact, priced = choose(options, limits), choose(options, limits, most_exact=0)
    best, reached = (options.value[each.is_chosen].sum() for each in (exact, priced))
    assert (exact.method, priced.method) == ("exact", "priced")
    assert best * (1 - priced.gap) <= reached + 1e-6 <= best + 2e-6
    assert priced.gap < 0.03


def test_doing_nothing_wins_where_nothing_pays():
    options, limits = drawn(3, lines=50, customers=20)
    options = Options(**{**options.__dict__, "value": -np.abs(options.value)})
    for most_exact in (10**9, 0):
        assert not choose(options, limits, most_exact=most_exact).is_chosen.any()


def test_the_price_of_a_scarce_thing_is_what_one_more_would_bring():
    options, limits = drawn(4, lines=400, customers=400)
    limits = Limits(np.inf, np.array([np.inf, np.inf, 30.0]), np.full(400, 400))
    choice = choose(options, limits)
    more = Limits(np.inf, np.array([np.inf, np.inf, 31.0]), limits.contacts)
    gain = (options.value[choose(options, more).is_chosen]).sum()
    gain -= options.value[choice.is_chosen].sum()
    assert choice.capacity_price[2] == pytest.approx(gain, abs=0.2)
    assert choice.capacity_price[:2].sum() == choice.budget_price == 0


def test_a_cost_that_is_no_number_is_refused_by_name():
    options, limits = drawn(5, lines=5, customers=3)
    options.cost[2] = np.nan
    with pytest.raises(ValueError, match="cost of an option"):
        choose(options, limits)


@pytest.mark.parametrize(
    ("change", "limit", "told"),
    [
        ({"value": np.array([np.nan])}, {}, "value of an option"),
        ({"cost": np.array([-1.0])}, {}, "cost of an option"),
        ({"action": np.array([3])}, {}, "action has no limit"),
        ({"customer": np.array([-1])}, {}, "customer has no limit"),
        ({"load": np.ones(2)}, {}, "lengths"),
        ({}, {"budget": np.nan}, "a limit is negative"),
        ({}, {"contacts": np.array([-1])}, "a limit is negative"),
    ],
)
def test_what_cannot_be_weighed_is_refused_in_words(change, limit, told):
    """An action without a limit was done without limit."""
    one, zero = np.ones(1), np.zeros(1, dtype=int)
    plain = {"line": zero, "customer": zero, "action": zero, "value": one, "cost": one}
    options = Options(**(plain | {"load": one, "is_contact": one > 0} | change))
    limits = Limits(**({"budget": 5.0, "capacity": one, "contacts": zero + 1} | limit))
    with pytest.raises(ValueError, match=told):
        choose(options, limits)


@pytest.mark.parametrize(
    "told",
    [
        lambda name, values: values.tolist(),
        lambda name, values: pd.Series(values, index=np.arange(len(values))[::-1] + 7),
        lambda name, values: values.astype(int) if name == "is_contact" else values,
        lambda name, values: values.astype(object) if name == "is_contact" else values,
        lambda name, values: values + 10**12 if name == "line" else values,
        lambda name, values: [f"S{n}" for n in values] if name == "line" else values,
        lambda name, values: values.astype(float) if name in ("action", "customer") else values,
    ],
)
def test_options_may_come_in_any_arrays_and_keep_every_limit(told):
    """Flags of 0 and 1 were places: the contacts of the first two options were counted, for all."""
    for seed in range(6):
        options, limits = drawn(seed, lines=5, customers=3)
        named = {name: told(name, each) for name, each in vars(options).items()}
        found = choose(Options(**named), replace(limits, capacity=limits.capacity.tolist()))
        assert keeps_every_limit(options, limits, found.is_chosen)
        assert np.array_equal(found.is_chosen, choose(options, limits).is_chosen)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"customer": np.array(["C1"] * 6)}, "customer of an option, its place in the limits"),
        ({"action": np.full(6, 0.5)}, "a whole number from 0"),
        ({"is_contact": np.full(6, 2)}, "neither true nor false"),
        ({"value": np.array([None] * 6)}, "value of an option is not a number"),
        ({"line": np.array([None] * 6)}, "belongs to no line"),
    ],
)
def test_options_that_cannot_be_meant_are_refused_in_words(change, told):
    options, limits = drawn(3, lines=2, customers=3)
    with pytest.raises(ValueError, match=told):
        choose(replace(options, **change), limits)


def test_no_budget_and_no_end_of_contacts_are_no_limits():
    options, limits = drawn(2, lines=5, customers=3)
    free = replace(limits, budget=None, contacts=np.full(3, np.inf))
    wide = replace(limits, budget=np.inf, contacts=np.full(3, 99))
    assert np.array_equal(choose(options, free).is_chosen, choose(options, wide).is_chosen)
