"""What a campaign costs and may cost, as its terms say; what a churn model earns by them."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np

from ml import datasets
from ml.calibration import calibration_slope
from ml.profit import Offer, expected_maximum_profit


@dataclass(frozen=True)
class Terms:
    """What a campaign of a month costs and may cost, of one version of seeds/campaign_terms.csv."""

    version: int
    offer: Offer
    clv: float
    most_contacts: float | None
    budget: float | None
    currency: str | None


def read_terms(connection: duckdb.DuckDBPyConnection, as_of_date: object) -> Terms | None:
    """Return the terms in force for a cut-off, the first ones for what came before."""
    if not datasets.has_table(connection, "features", "uplift_terms"):
        return None
    rows = connection.execute(
        """
        select
            terms_version, contact_cost, offer_cost, acceptance_alpha, acceptance_beta, clv,
            most_contacts, budget, currency
        from features.uplift_terms
        order by valid_from <= $day desc, if(valid_from <= $day, valid_from, null) desc, valid_from
        limit 1
        """,
        {"day": as_of_date},
    ).fetchall()
    if not rows:
        return None
    version, contact_cost, offer_cost, alpha, beta, clv, most_contacts, budget, currency = rows[0]
    offer = Offer(contact_cost, offer_cost, alpha, beta)
    return Terms(version, offer, clv, most_contacts, budget, currency)


def money_figures(y: np.ndarray, score: np.ndarray, terms: Terms | None) -> dict[str, float]:
    """Return how true scores are as odds, and what a campaign by them earns.

    Parameters
    ----------
    y : ndarray of shape (n_rows,)
        0 or 1.
    score : ndarray of shape (n_rows,)
        Probability to leave.
    terms : Terms, optional
        Without, nothing is said of money.

    Returns
    -------
    dict of str to float
        calibration_slope, calibration_intercept, expected_maximum_profit (money a line of the base)
        and profit_share (of the base, to contact).
    """
    slope, intercept = calibration_slope(y, score)
    figures = {"calibration_slope": slope, "calibration_intercept": intercept}
    if terms is None or not len(y):
        return figures
    found = expected_maximum_profit(y, score, terms.clv, terms.offer)
    return figures | {"expected_maximum_profit": found.profit, "profit_share": found.share}
