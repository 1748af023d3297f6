"""Which of its options each line gets: most money within budget, capacity and contact limits."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import coo_array, vstack

from ml.choice_inputs import Limits, Options, as_told

# Up to so many options worth having they are chosen exactly; beyond, by the prices of what is
# scarce, and how far from the best that can be at most is told.
MOST_EXACT = 6_000
MOST_PRICED = 200_000
GAP = 1e-6
_TINY = 1e-9
# Sums of money and shares in another order differ by as much.
_ROUNDING = 1e-9
_ROUNDS = 10


@dataclass(frozen=True)
class Choice:
    """What was chosen.

    Parameters
    ----------
    is_chosen : ndarray of bool, shape (n_options,)
    method : str
        free (no limit binds), exact (mixed-integer optimum) or priced (within `gap` of it).
    gap : float
        Share of the best possible value that may be missing.
    budget_price : float
        What one more unit of money would bring; 0 where the budget does not bind.
    capacity_price : ndarray of shape (n_actions,)
        What one more unit of each capacity would bring.
    """

    is_chosen: np.ndarray
    method: str
    gap: float = 0.0
    budget_price: float = 0.0
    capacity_price: np.ndarray = field(default_factory=lambda: np.zeros(0))


def choose(options: Options, limits: Limits, most_exact: int = MOST_EXACT) -> Choice:
    """Return the options that earn most together and keep every limit.

    Doing nothing costs nothing and uses nothing, so what does not earn is never chosen. Where no
    limit binds each line's best option is the answer; where only the contacts do, each customer's
    best ones are. Where something shared binds, a mixed-integer programme is solved by HiGHS; where
    that would be too large, the prices of what is scarce are learned from the relaxed programme (of
    whole customers, evenly drawn, limits in proportion), each line takes what is best at these
    prices, and what then does not fit is dropped, least worth first.

    Parameters
    ----------
    options : Options
    limits : Limits
    most_exact : int, default=6_000

    Raises
    ------
    ValueError
        When a value, cost or load is not finite, a cost, load or limit is negative, or an action or
        a customer has no limit.

    References
    ----------
    Huangfu, Hall: Parallelizing the dual revised simplex method. Mathematical Programming
    Computation 10 (2018): HiGHS, through scipy.optimize.milp. Fisher: The Lagrangian relaxation
    method for solving integer programming problems. Management Science 27 (1981).
    """
    options, limits = as_told(options, limits)
    actions = len(limits.capacity)
    free = _best_of_each_line(options, options.value)
    if _fits(options.part(free), limits):
        return Choice(_mask(free, options), "free", capacity_price=np.zeros(actions))
    worth = np.flatnonzero(options.value > 0)
    own = options.part(worth)
    # Contacts alone are settled customer by customer.
    chosen = _at_prices(own, limits, own.value)
    if _fits(own.part(chosen), limits):
        return Choice(_mask(worth[chosen], options), "exact", capacity_price=np.zeros(actions))
    if len(worth) <= most_exact:
        chosen = _exact(own, limits)
        budget_price, capacity_price = _prices(own, limits)
        best = own.value[chosen].sum()
        return Choice(
            _mask(worth[chosen], options), "exact", GAP * (best > 0), budget_price, capacity_price
        )
    sample, part = _sample(own, limits)
    budget_price, capacity_price = _prices(own.part(sample), part)
    reduced = own.value - budget_price * own.cost - capacity_price[own.action] * own.load
    bound = _bound(own, limits, reduced, budget_price, capacity_price)
    chosen = _fitting(own, limits, reduced)
    reached = own.value[chosen].sum()
    gap = max(0.0, 1 - reached / bound) if bound > 0 else 0.0
    return Choice(_mask(worth[chosen], options), "priced", gap, budget_price, capacity_price)


def _mask(rows: np.ndarray, options: Options) -> np.ndarray:
    mask = np.zeros(len(options.value), dtype=bool)
    mask[rows] = True
    return mask


def _best_of_each_line(options: Options, value: np.ndarray) -> np.ndarray:
    """Return each line's option of the highest value above nothing; of equals the first."""
    order = np.lexsort((np.arange(len(value)), -value, options.line))
    first = np.ones(len(order), dtype=bool)
    first[1:] = options.line[order][1:] != options.line[order][:-1]
    best = order[first]
    return np.sort(best[value[best] > _TINY])


def _reach(limit: float | np.ndarray) -> float | np.ndarray:
    """Return a limit with room for rounding."""
    return limit + _ROUNDING * np.maximum(np.abs(limit), 1)


def _fits(options: Options, limits: Limits) -> bool:
    used = np.bincount(options.action, weights=options.load, minlength=len(limits.capacity))
    made = np.bincount(options.customer[options.is_contact], minlength=len(limits.contacts))
    return bool(
        options.cost.sum() <= _reach(limits.budget)
        and (used <= _reach(limits.capacity)).all()
        and (made <= limits.contacts).all()
    )


def _rows(options: Options, limits: Limits) -> tuple[coo_array, np.ndarray, int]:
    """Return A and b of A x <= b, scarce things first, and how many of those rows there are."""
    count = len(options.value)
    every = np.arange(count)
    scarce = np.flatnonzero(np.isfinite(limits.capacity))
    weights = [options.cost[None]] if np.isfinite(limits.budget) else []
    weights += [np.where(options.action == action, options.load, 0.0)[None] for action in scarce]
    dense = np.vstack(weights) if weights else np.empty((0, count))
    lines, line = np.unique(options.line, return_inverse=True)
    customers, customer = np.unique(options.customer, return_inverse=True)
    contact = np.flatnonzero(options.is_contact)
    blocks = [
        coo_array(dense),
        coo_array((np.ones(count), (line, every)), shape=(len(lines), count)),
        coo_array(
            (np.ones(len(contact)), (customer[contact], contact)), shape=(len(customers), count)
        ),
    ]
    most = [limits.budget] if np.isfinite(limits.budget) else []
    most = np.concatenate(
        [most, limits.capacity[scarce], np.ones(len(lines)), limits.contacts[customers]]
    )
    return vstack(blocks).tocsr(), most, len(dense)


def _exact(options: Options, limits: Limits) -> np.ndarray:
    matrix, most, _ = _rows(options, limits)
    found = milp(
        -options.value,
        constraints=LinearConstraint(matrix, ub=most),
        integrality=np.ones(len(options.value)),
        bounds=Bounds(0, 1),
        options={"mip_rel_gap": GAP},
    )
    if found.x is None:
        raise RuntimeError(f"the choice of actions was not solved: {found.message}")
    chosen = np.flatnonzero(found.x > 0.5)
    # Rounding of the solver may overdraw a limit by a hair; a limit is a limit.
    return chosen[_within(options.part(chosen), limits, options.value[chosen])]


def _prices(options: Options, limits: Limits) -> tuple[float, np.ndarray]:
    """Return what one more unit of money, and of each capacity, would bring."""
    matrix, most, scarce = _rows(options, limits)
    found = linprog(-options.value, A_ub=matrix, b_ub=most, bounds=(0, 1), method="highs")
    told = np.maximum(-found.ineqlin.marginals[:scarce], 0.0)
    has_budget = np.isfinite(limits.budget)
    prices = np.zeros(len(limits.capacity))
    prices[np.isfinite(limits.capacity)] = told[int(has_budget) :]
    return float(told[0]) if has_budget else 0.0, prices


def _sample(options: Options, limits: Limits) -> tuple[np.ndarray, Limits]:
    """Return the options of evenly spread customers, and their part of what is scarce."""
    customers = np.unique(options.customer)
    step = max(1, -(-len(options.value) // MOST_PRICED))
    rows = np.flatnonzero(np.isin(options.customer, customers[::step]))
    share = len(customers[::step]) / len(customers)
    return rows, Limits(limits.budget * share, limits.capacity * share, limits.contacts)


def _at_prices(options: Options, limits: Limits, reduced: np.ndarray) -> np.ndarray:
    """Return the best choice when only lines and contacts are limited, what is scarce being priced.

    Each customer's contacts go to the lines where a contact brings most above the best without.
    """
    quiet = _best_of_each_line(options, np.where(options.is_contact, 0.0, reduced))
    loud = _best_of_each_line(options, np.where(options.is_contact, reduced, 0.0))
    lines = int(options.line.max(initial=-1)) + 1
    without = np.zeros(lines)
    without[options.line[quiet]] = reduced[quiet]
    gain = reduced[loud] - without[options.line[loud]]
    loud, gain = loud[gain > _TINY], gain[gain > _TINY]
    order = np.lexsort((loud, -gain, options.customer[loud]))
    nth = _nth_of_its_kind(options.customer[loud][order], np.ones(len(loud), dtype=bool))
    loud = loud[order][nth <= limits.contacts[options.customer[loud][order]]]
    is_taken = np.zeros(lines, dtype=bool)
    is_taken[options.line[loud]] = True
    return np.sort(np.concatenate([loud, quiet[~is_taken[options.line[quiet]]]]))


def _bound(
    options: Options,
    limits: Limits,
    reduced: np.ndarray,
    budget_price: float,
    capacity_price: np.ndarray,
) -> float:
    """Return what no choice can exceed: the best at these prices plus all that is scarce."""
    bound = reduced[_at_prices(options, limits, reduced)].sum()
    bound += budget_price * limits.budget if budget_price else 0.0
    priced = capacity_price > 0
    return float(bound + (capacity_price[priced] * limits.capacity[priced]).sum())


def _fitting(options: Options, limits: Limits, reduced: np.ndarray) -> np.ndarray:
    """Return what is best at the prices and fits, and then what still fits of everything else."""
    chosen = np.empty(0, dtype=np.int64)
    left, is_open = limits, np.ones(len(reduced), dtype=bool)
    # What costs its price exactly, and what did not fit, is asked again by its value alone.
    for worth in (reduced, options.value):
        for _ in range(_ROUNDS):
            rows = np.flatnonzero(is_open)
            best = rows[_at_prices(options.part(rows), left, worth[rows])]
            if not len(best):
                break
            kept = best[_within(options.part(best), left, worth[best])]
            chosen = np.concatenate([chosen, kept])
            left = _left(options.part(kept), left)
            is_open[best] = False
            is_open &= ~np.isin(options.line, options.line[kept])
    return np.sort(chosen)


def _within(options: Options, limits: Limits, first: np.ndarray) -> np.ndarray:
    """Return the rows that keep the limits, taken in the order of `first`, highest first."""
    order = np.lexsort((np.arange(len(first)), -first))
    keep = np.ones(len(order), dtype=bool)
    is_contact = options.is_contact[order]
    nth = _nth_of_its_kind(options.customer[order], is_contact)
    keep &= ~is_contact | (nth <= limits.contacts[options.customer[order]])
    for action in np.flatnonzero(np.isfinite(limits.capacity)):
        own = keep & (options.action[order] == action)
        used = np.cumsum(np.where(own, options.load[order], 0.0))
        keep &= ~own | (used <= _reach(limits.capacity[action]))
    if np.isfinite(limits.budget):
        keep &= np.cumsum(np.where(keep, options.cost[order], 0.0)) <= _reach(limits.budget)
    return np.sort(order[keep])


def _nth_of_its_kind(owner: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return for each row how many rows of its owner, up to it, count."""
    order = np.argsort(owner, kind="stable")
    told = np.cumsum(counts[order])
    starts = np.append(True, owner[order][1:] != owner[order][:-1])
    before = np.maximum.accumulate(np.where(starts, told - counts[order], 0))
    nth = np.empty(len(owner), dtype=np.int64)
    nth[order] = told - before
    return nth


def _left(options: Options, limits: Limits) -> Limits:
    used = np.bincount(options.action, weights=options.load, minlength=len(limits.capacity))
    made = np.bincount(options.customer[options.is_contact], minlength=len(limits.contacts))
    return Limits(
        limits.budget - options.cost.sum(), limits.capacity - used, limits.contacts - made
    )
