"""Campaigns in which chance chose whom to contact: their rows, and whether it was chance."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd

from ml.columns import as_number, text_hashes
from ml.evaluate import auc_with_interval
from ml.uplift import Propensity

FOLDS = 5
# What a campaign may move and everybody delivers; the rest of the features would outnumber the
# exits of the hold-out.
COLUMNS = (
    *("family", "contract_type", "segment", "age_band", "tenure_days", "days_to_contract_end"),
    *("monthly_charge", "list_price_gap", "customer_subscriptions", "plan_changes_180d"),
    *("contacts_90d", "contacts_unresolved_90d", "complaints_90d", "late_orders_180d"),
    *("outage_minutes_90d", "has_bill_shock_90d", "late_payments_210d", "data_trend"),
)
# Of features.churn_features no more is read: of a large base its other columns fill the memory.
KNOWN = "|".join(("subscription_id", "as_of_date", *COLUMNS))


@dataclass(frozen=True)
class Trial:
    """Lines of campaigns that chance contacted or held out, and what became of them."""

    rows: pd.DataFrame
    X: pd.DataFrame
    has_left: np.ndarray
    is_treated: np.ndarray
    treated_share: np.ndarray

    @property
    def has_accepted(self) -> np.ndarray:
        """Who took what was offered; of the held out, nobody."""
        return self.rows["has_accepted"].fillna(False).to_numpy(dtype=bool)

    @property
    def arms(self) -> dict[str, int]:
        """How many rows and exits each arm has."""
        return {
            "campaigns": int(self.rows["campaign_id"].nunique()),
            "treated": int(self.is_treated.sum()),
            "control": int((~self.is_treated).sum()),
            "treated_exits": int(self.has_left[self.is_treated].sum()),
            "control_exits": int(self.has_left[~self.is_treated].sum()),
        }


def read_trial(connection: duckdb.DuckDBPyConnection) -> Trial:
    """Return the rows of retention campaigns that held somebody out and are over."""
    rows = connection.execute("""
        select
            contacts.*,
            avg(cast(contacts.is_treated as integer)) over (
                partition by contacts.source_system, contacts.campaign_id
            ) as treated_share
        from features.uplift_contacts as contacts
        where contacts.campaign_kind = 'retention' and contacts.is_outcome_known
        qualify treated_share > 0 and treated_share < 1
        order by contacts.source_system, contacts.campaign_id, contacts.subscription_id
    """).df()
    features = connection.execute(f"""
        select columns('^({KNOWN})$')
        from features.churn_features as features
        semi join features.uplift_contacts as contacts
            on
                features.subscription_id = contacts.subscription_id
                and features.as_of_date = contacts.as_of_date
    """).df()
    return Trial(
        rows,
        trial_columns(rows, features),
        rows["has_left"].to_numpy(dtype=bool),
        rows["is_treated"].to_numpy(dtype=bool),
        rows["treated_share"].to_numpy(dtype=np.float64),
    )


def trial_columns(rows: pd.DataFrame, features: pd.DataFrame) -> pd.DataFrame:
    """Return what a ranking may know of each row, as of its cut-off."""
    keys = ["subscription_id", "as_of_date"]
    known = [name for name in COLUMNS if name in features]
    return rows[keys].merge(features[keys + known], on=keys, how="left")[known]


def balance_rows(trial: Trial, seed: int) -> list[dict[str, object]]:
    """Return how well the past tells the arms apart: 0.5 and 0 where chance drew them."""
    folds = draw_folds(trial.rows, seed)
    guess = np.empty(len(trial.X))
    for fold in range(FOLDS):
        inside = folds != fold
        model = Propensity().fit(trial.X[inside], trial.is_treated[inside])
        guess[~inside] = model.predict(trial.X[~inside])
    # Within a campaign: another share of contacted in another month is no lack of chance.
    alike = [trial.rows["campaign_id"].to_numpy(), folds]
    guess = guess - pd.Series(guess).groupby(alike).transform("mean").to_numpy()
    auc, low, high = auc_with_interval(trial.is_treated.astype(int), guess)
    gaps = []
    for name in trial.X:
        if not pd.api.types.is_numeric_dtype(trial.X[name].dtype):
            continue
        values = as_number(trial.X[name])
        seen = np.isfinite(values)
        one, two = values[seen & trial.is_treated], values[seen & ~trial.is_treated]
        spread = np.sqrt((one.var() + two.var()) / 2) if len(one) and len(two) else 0.0
        if spread > 0:
            gaps.append(abs(one.mean() - two.mean()) / spread)
    return [
        {"estimator": "balance", "measure": "arm_auc", "value": auc, "low": low, "high": high},
        {
            "estimator": "balance",
            "measure": "largest_standard_gap",
            "value": float(max(gaps, default=0.0)),
            "low": None,
            "high": None,
        },
    ]


def draw_folds(rows: pd.DataFrame, seed: int) -> np.ndarray:
    """Return each row's fold; a customer is in one."""
    names = rows["customer_id"].astype(str) + f"|{seed}"
    return (text_hashes(names) % FOLDS).astype(int)


def tie_order(rows: pd.DataFrame) -> np.ndarray:
    """Return an order among equal scores that says nothing of the lines."""
    return text_hashes(rows["campaign_id"].astype(str) + "|" + rows["subscription_id"].astype(str))
