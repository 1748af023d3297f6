"""What a retention campaign earns: expected maximum profit, and profit by contacts made."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import betainc

STEPS = 100
DRAWS = 200
# A band rests on at most so many lines; of more, a draw is scaled up.
MOST_LINES = 100_000


@dataclass(frozen=True)
class Offer:
    """What keeping somebody costs, and how often it succeeds.

    Parameters
    ----------
    contact_cost : float
        f: of every contact.
    offer_cost : float
        d: of every offer that is taken. Who would have stayed anyway takes it.
    alpha, beta : float
        Of the Beta distribution of γ, the share of leavers who take the offer and stay.
    """

    contact_cost: float
    offer_cost: float
    alpha: float = 6.0
    beta: float = 14.0

    @property
    def acceptance(self) -> float:
        """Mean share of leavers who take the offer."""
        return self.alpha / (self.alpha + self.beta)


@dataclass(frozen=True)
class ExpectedProfit:
    """The best campaign, on average over the acceptance nobody knows beforehand.

    Parameters
    ----------
    profit : float
        Money per line of the base, contacted or not.
    share : float
        Share of the base to contact.
    """

    profit: float
    share: float


def expected_maximum_profit(
    has_left: np.ndarray, score: np.ndarray, clv: float | np.ndarray, offer: Offer
) -> ExpectedProfit:
    """Return the expected maximum profit of a ranking (EMPC), and its optimal share.

    For each acceptance γ the campaign contacts those ranked first, down to the threshold that
    earns most; a leaver who is contacted earns γ (CLV − d) − f, a stayer −d − f. With one CLV for
    all this is Verbraken's EMPC; with one for each line it is the same by the money at stake.

    Parameters
    ----------
    has_left : ndarray of shape (n_rows,)
        0 or 1.
    score : ndarray of shape (n_rows,)
        Contacted first is what scores highest; equal scores are contacted together.
    clv : float or ndarray of shape (n_rows,)
        Money a line is worth when it stays.
    offer : Offer

    Raises
    ------
    ValueError
        When there is no row, or a score or a value is not finite.

    References
    ----------
    Verbraken, Verbeke, Baesens: A novel profit maximizing metric for measuring classification
    performance of customer churn prediction models. IEEE TKDE 25 (2013). Óskarsdóttir, Baesens,
    Vanthienen: Profit-based model selection for customer retention using individual customer
    lifetime values. Big Data 6 (2018).
    """
    left = np.asarray(has_left, dtype=bool)
    score = np.asarray(score, dtype=np.float64)
    worth = np.broadcast_to(np.asarray(clv, dtype=np.float64), left.shape)
    if not len(left) or not np.isfinite(score).all() or not np.isfinite(worth).all():
        raise ValueError("expected profit needs rows, each with a finite score and a finite value")
    order = np.argsort(-score, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(score[order])), len(order) - 1)
    gains = np.cumsum(np.where(left, worth - offer.offer_cost, 0.0)[order])
    costs = np.cumsum((offer.contact_cost + np.where(left, 0.0, offer.offer_cost))[order])
    slope = np.append(0.0, gains[ends])
    loss = np.append(0.0, costs[ends])
    share = np.append(0.0, ends + 1.0) / len(order)
    best, edges = _upper_envelope(slope, loss)
    first, last = edges[:-1], edges[1:]
    mass = betainc(offer.alpha, offer.beta, last) - betainc(offer.alpha, offer.beta, first)
    moment = offer.acceptance * (
        betainc(offer.alpha + 1, offer.beta, last) - betainc(offer.alpha + 1, offer.beta, first)
    )
    profit = (slope[best] * moment - loss[best] * mass).sum() / len(order)
    return ExpectedProfit(float(profit), float((share[best] * mass).sum()))


def _upper_envelope(slope: np.ndarray, loss: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return which line γ × slope − loss is highest between which γ of 0 to 1.

    Returns
    -------
    tuple of (ndarray of int, shape (n_pieces,), ndarray of shape (n_pieces + 1,))
    """
    order = np.lexsort((loss, slope))
    # Of parallel lines the highest; equal slopes are as many as there are stayers in between.
    order = order[np.append(True, np.diff(slope[order]) > 0)]
    pieces: list[int] = []
    starts: list[float] = []
    for line in order.tolist():
        start = 0.0
        while pieces:
            below = pieces[-1]
            start = (loss[line] - loss[below]) / (slope[line] - slope[below])
            if start > starts[-1]:
                break
            pieces.pop()
            starts.pop()
            start = 0.0
        if start < 1:
            pieces.append(line)
            starts.append(start)
    return np.array(pieces), np.append(starts, 1.0)


@dataclass(frozen=True)
class Lines:
    """What is known of the lines a campaign may contact, each array of shape (n_lines,).

    Parameters
    ----------
    customer : ndarray
        Whoever is resampled as one.
    risk : ndarray
        Chance to leave when nobody calls.
    clv : ndarray
        Money it is worth when it stays.
    uplift, uplift_error : ndarray, optional
        Exits a contact prevents, with standard error, where a hold-out measured them; else the
        saves are risk × acceptance.
    """

    customer: np.ndarray
    risk: np.ndarray
    clv: np.ndarray
    uplift: np.ndarray | None = None
    uplift_error: np.ndarray | None = None

    def part(self, rows: np.ndarray) -> Lines:
        """Return some of the lines, by their places."""
        told = (self.uplift, self.uplift_error)
        return Lines(
            self.customer[rows],
            self.risk[rows],
            self.clv[rows],
            *(None if each is None else each[rows] for each in told),
        )

    def saves(self, offer: Offer) -> np.ndarray:
        """Return the exits each contact is expected to prevent."""
        return self.risk * offer.acceptance if self.uplift is None else self.uplift

    def costs(self, offer: Offer) -> np.ndarray:
        """Return what each contact is expected to cost: the call, and the offer where taken."""
        takes = 1 - self.risk * (1 - offer.acceptance)
        return offer.contact_cost + offer.offer_cost * takes

    def profit(self, offer: Offer) -> np.ndarray:
        """Return what each contact is expected to earn."""
        return self.saves(offer) * self.clv - self.costs(offer)


def profit_curve(
    lines: Lines,
    ranking: np.ndarray,
    offer: Offer,
    *,
    most_contacts: float | None,
    budget: float | None,
    seed: int,
) -> pd.DataFrame:
    """Return what a campaign earns by how many it contacts, in the order of a ranking.

    The band is that of the profit a campaign would really make: customers resampled, who leaves
    drawn from the risk, γ drawn from its Beta. Where the uplift was measured its error is drawn
    instead, once for all lines: in doubt they are wrong together.

    Parameters
    ----------
    lines : Lines
    ranking : ndarray of shape (n_lines,)
        Contacted first is what ranks highest.
    offer : Offer
    most_contacts, budget : float, optional
        What the campaign may not exceed; None is no limit.
    seed : int

    Returns
    -------
    DataFrame with columns share, contacts, expected_saves, cost, profit, low, high, is_allowed,
    is_best
        Contacting nobody is the first row, and the best one when nothing pays.
    """
    order = np.argsort(-np.asarray(ranking, dtype=np.float64), kind="stable")
    count = len(order)
    saves, cost, profit = (
        np.append(0.0, np.cumsum(each[order]))
        for each in (lines.saves(offer), lines.costs(offer), lines.profit(offer))
    )
    is_allowed = np.arange(count + 1) <= (np.inf if most_contacts is None else most_contacts)
    is_allowed &= cost <= (np.inf if budget is None else budget)
    allowed = np.flatnonzero(is_allowed)
    # The first of equals: of two campaigns that earn the same, the smaller one.
    best = int(allowed[np.argmax(profit[allowed])])
    grid = np.round(np.linspace(0, count, STEPS + 1)).astype(int)
    grid = np.unique(np.append(grid, [best, allowed[-1]]))
    low, high = _band(lines, order, grid, offer, seed)
    return pd.DataFrame(
        {
            "share": grid / max(count, 1),
            "contacts": grid,
            "expected_saves": saves[grid],
            "cost": cost[grid],
            "profit": profit[grid],
            "low": low,
            "high": high,
            "is_allowed": is_allowed[grid],
            "is_best": grid == best,
        }
    )


def _band(
    lines: Lines, order: np.ndarray, grid: np.ndarray, offer: Offer, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the 95 % band of the profit at each number of contacts."""
    random = np.random.default_rng(seed)
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    used, scale = np.arange(len(order)), 1.0
    if len(used) > MOST_LINES:
        used = np.sort(random.choice(len(order), MOST_LINES, replace=False))
        scale = len(order) / MOST_LINES
    # A line falls into the first step of the grid that contacts it.
    step = np.searchsorted(grid, place[used], side="right")
    owner, names = pd.factorize(np.asarray(lines.customer)[used])
    risk, clv = lines.risk[used], lines.clv[used]
    drawn = np.empty((DRAWS, len(grid)))
    for draw in range(DRAWS):
        times = random.poisson(1.0, len(names))[owner]
        left = random.random(len(used)) < risk
        if lines.uplift is None:
            accepted = random.beta(offer.alpha, offer.beta)
            saves, takes = left * accepted, np.where(left, accepted, 1.0)
        else:
            saves = lines.uplift[used] + random.standard_normal() * lines.uplift_error[used]
            takes = np.where(left, offer.acceptance, 1.0)
        earned = saves * clv - offer.contact_cost - offer.offer_cost * takes
        sums = np.bincount(step, weights=times * earned, minlength=len(grid))[: len(grid)]
        drawn[draw] = scale * np.cumsum(sums)
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    return low, high
