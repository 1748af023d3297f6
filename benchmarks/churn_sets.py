"""Tables to learn churn from: real ones nobody here wrote, made ones of a known difficulty."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

_BESIDE = Path(__file__).resolve().parents[2] / "shared" / "data"
SHARED = Path(os.environ.get("CX_SHARED_DATA", _BESIDE))
Pair = tuple[pd.DataFrame, np.ndarray]

# Known only after the fact, or a model's output (the folder's README says so).
_COGNOS_LEAKS = (
    "Satisfaction Score",
    "Customer Status",
    "Churn Label",
    "Churn Value",
    "Churn Score",
    "CLTV",
    "Churn Category",
    "Churn Reason",
)


def ibm_telco() -> Pair:
    """7,043 customers, one csv; `TotalCharges` is text with blanks."""
    frame = pd.read_csv(SHARED / "ibm_telco" / "Telco-Customer-Churn.csv")
    y = (frame.pop("Churn") == "Yes").to_numpy()
    return frame.drop(columns="customerID"), y


def cognos_workbooks() -> pd.DataFrame:
    """Return the five workbooks side by side, leaks and all."""
    folder = SHARED / "ibm_cognos_split"
    frames = {
        part: pd.read_excel(folder / f"Telco_customer_churn_{part}.xlsx", engine="calamine")
        for part in ("demographics", "location", "services", "status", "population")
    }
    joined = frames["demographics"]
    for part in ("location", "services", "status"):
        own = frames[part].drop(columns=["Count", "Quarter"], errors="ignore")
        key = "Customer ID" if "Customer ID" in own else "Service ID"
        fresh = [c for c in own if c not in joined.columns and c != key]
        joined = joined.merge(own[[key, *fresh]], on=key, validate="one_to_one")
    people = frames["population"].drop(columns="ID")
    return joined.merge(people, on="Zip Code", how="left", validate="many_to_one")


def ibm_cognos() -> Pair:
    """The same customers as five workbooks, with ZIP, city, coordinates and missing offers."""
    frame = cognos_workbooks()
    y = (frame["Churn Label"] == "Yes").to_numpy()
    useless = [c for c in ("Customer ID", "Service ID", "Location ID", "Status ID") if c in frame]
    frame = frame.drop(columns=[*_COGNOS_LEAKS, *useless, "Count"], errors="ignore")
    # A ZIP code is a name, not an amount.
    return frame.assign(**{"Zip Code": frame["Zip Code"].astype(str)}), y


def upgrad() -> Pair:
    """1,000 prepaid subscribers over three months; gone is who used nothing in the fourth."""
    frame = pd.read_csv(SHARED / "upgrad_sea" / "telecom_churn_data_first1000.csv")
    used = ["total_ic_mou_9", "total_og_mou_9", "vol_2g_mb_9", "vol_3g_mb_9"]
    y = (frame[used].fillna(0).sum(axis=1) == 0).to_numpy()
    later = [c for c in frame if c.endswith("_9") or c.startswith("sep_")]
    frame = frame.drop(columns=[*later, "mobile_number"])
    for name in [c for c in frame if c.startswith(("date_of", "last_date"))]:
        frame[name] = pd.to_datetime(frame[name], format="%m/%d/%Y")
    return frame, y


def _outcome(rng: np.random.Generator, logit: np.ndarray, rate: float) -> np.ndarray:
    """Draw outcomes whose mean is about `rate`."""
    low, high = -30.0, 30.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _chance(logit + middle).mean() < rate else (low, middle)
    return rng.random(len(logit)) < _chance(logit + low)


def _chance(logit: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-logit))


def made_thresholds(rows: int = 5_000) -> Pair:
    """Usage, plan and calls to care that matter only together, behind sharp thresholds."""
    rng = np.random.default_rng(1)
    day, evening, night = (rng.normal(m, s, rows) for m, s in ((180, 54), (200, 50), (200, 50)))
    abroad, mail = rng.gamma(9, 1.1, rows), rng.poisson(8, rows) * (rng.random(rows) < 0.27)
    plan_abroad, calls = rng.random(rows) < 0.1, rng.poisson(1.56, rows)
    bill = 0.17 * day + 0.085 * evening + 0.045 * night + 0.27 * abroad
    logit = (
        -3.2
        + 4.2 * ((bill > 63) & (mail == 0))
        + 3.0 * ((calls >= 4) & (day < 170))
        + 1.6 * ((calls >= 4) & (day >= 170))
        + 4.0 * (plan_abroad & (abroad > 13.0))
        + 1.2 * plan_abroad
    )
    X = pd.DataFrame(
        {
            "state": rng.choice([f"state {i}" for i in range(51)], rows),
            "account_weeks": rng.normal(100, 40, rows).round(),
            "plan_abroad": np.where(plan_abroad, "yes", "no"),
            "mail_messages": mail,
            "day_minutes": day.round(1),
            "day_charge": (0.17 * day).round(2),
            "evening_minutes": evening.round(1),
            "night_minutes": night.round(1),
            "abroad_minutes": abroad.round(1),
            "calls_to_care": calls,
            "day_calls": rng.poisson(100, rows),
            "night_calls": rng.poisson(100, rows),
        }
    )
    return X, _outcome(rng, logit, 0.14)


def made_curved(rows: int = 2_850) -> Pair:
    """Few columns, nearly all is known: smooth surfaces of several usages at once."""
    rng = np.random.default_rng(2)
    life = rng.gamma(6, 5, rows)
    level = rng.gamma(2, 1, rows)
    seconds = (level * 1800 * rng.lognormal(0, 0.3, rows)).round()
    calls = rng.poisson(np.maximum(seconds / 65, 0.5))
    texts, numbers = rng.poisson(level * 30), rng.poisson(level * 12)
    failures = rng.negative_binomial(1, 0.12, rows)
    complains, status = rng.random(rows) < 0.08, rng.random(rows) < 0.75
    age, charge = rng.choice([15, 25, 30, 45, 55], rows), rng.poisson(1, rows)
    logit = (
        3.5 * complains
        - 1.6 * np.log1p(seconds / 600) * (0.5 + status)
        - 0.07 * numbers * (life > 20)
        + 0.10 * failures * (charge < 2)
        - 0.04 * np.abs(life - 33) * (texts < 25)
        + 1.5 * ((age > 28) & (texts < 15))
    )
    X = pd.DataFrame(
        {
            "call_failures": failures,
            "complains": complains.astype(int),
            "months": life.round(),
            "charge_level": charge,
            "seconds": seconds,
            "calls": calls,
            "texts": texts,
            "numbers_called": numbers,
            "age": age,
            "status": np.where(status, 1, 2),
            "tariff": rng.choice([1, 2], rows, p=[0.92, 0.08]),
        }
    )
    return X, _outcome(rng, 1.6 * logit, 0.157)


def made_places(rows: int = 10_000) -> Pair:
    """Cities and ZIP codes by the hundred, each with its own risk, beside plain columns."""
    rng = np.random.default_rng(3)
    city = (rng.pareto(0.6, rows) * 4).astype(int) % 1_100
    zip_code = city * 3 + rng.integers(0, 3, rows)
    by_city, by_zip = rng.normal(0, 0.9, 1_100), rng.normal(0, 0.4, 3_300)
    device, tenure = rng.integers(0, 300, rows), rng.gamma(1.2, 500, rows).round()
    charge = rng.gamma(5, 8, rows).round(2)
    by_device = rng.normal(0, 0.5, 300)
    logit = (
        by_city[city]
        + by_zip[zip_code]
        + by_device[device]
        - tenure / 700
        + 0.025 * charge * (tenure < 400)
    )
    X = pd.DataFrame(
        {
            "city": [f"city {i}" for i in city],
            "zip_code": [f"{10_000 + i}" for i in zip_code],
            "device": pd.Categorical([f"device {i}" for i in device]),
            "tenure_days": tenure,
            "monthly_charge": charge,
            "channel": rng.choice(["shop", "web", "phone", None], rows),
            "noise": rng.normal(size=rows),
        }
    )
    X["zip_code"] = "Z" + X["zip_code"]
    return X, _outcome(rng, logit, 0.22)


def made_weak(rows: int = 50_000) -> Pair:
    """Fifty columns, skewed, a fifth of them with many gaps, each of which says next to nothing."""
    rng = np.random.default_rng(4)
    shared = rng.normal(size=(rows, 6))
    noise = rng.normal(size=(rows, 36))
    numbers = np.exp(0.6 * (shared @ rng.normal(size=(6, 36)) / 2 + noise))
    months, age_of_phone = rng.gamma(3, 6, rows).round(), rng.gamma(2, 190, rows).round()
    change = rng.standard_t(3, rows) * 40
    area = rng.integers(0, 740, rows)
    logit = (
        0.10 * np.log(numbers[:, :12]) @ rng.choice([-1, 1], 12)
        + 0.35 * ((months > 10) & (months < 14))
        + 0.30 * (age_of_phone > 300)
        - 0.20 * np.tanh(change / 30)
        + 0.25 * (change < -20) * (age_of_phone > 300)
        + 0.18 * shared[:, 0] * shared[:, 1]
        + rng.normal(0, 0.12, 740)[area]
        - 0.15 * np.log(numbers[:, 12]) * (months < 12)
    )
    X = pd.DataFrame(numbers.round(2), columns=[f"use_{i}" for i in range(36)])
    X = X.assign(months=months, age_of_phone=age_of_phone, change=change.round(1))
    for i in range(10):
        X.loc[rng.random(rows) < 0.02 + 0.05 * i, f"use_{i}"] = np.nan
    X["area"] = [f"area {i}" for i in area]
    for i, levels in enumerate((2, 2, 3, 4, 6, 8)):
        X[f"code_{i}"] = rng.choice([f"level {n}" for n in range(levels)], rows)
    return X, _outcome(rng, logit, 0.288)


def made_rare(rows: int = 20_000) -> Pair:
    """One in twenty leaves; counts full of zeros, missing where nothing happened; some pairs."""
    rng = np.random.default_rng(5)
    tenure, family = rng.gamma(1.4, 600, rows).round(), rng.choice(["mobile", "fixed", "tv"], rows)
    outage, contacts = rng.poisson(0.3, rows), rng.poisson(0.5, rows)
    shock, gap = rng.random(rows) < 0.08, rng.gamma(1, 8, rows)
    end = np.where(rng.random(rows) < 0.55, np.nan, rng.uniform(0, 700, rows))
    silent = rng.exponential(4, rows)
    logit = (
        -0.0007 * tenure
        + 0.5 * np.minimum(outage, 3) * np.where(family == "fixed", 1.6, 0.5)
        + 0.4 * np.minimum(contacts, 4)
        + 1.1 * shock * (gap < 6)
        + np.where(np.isnan(end), 0.7, np.where(end < 45, 1.3, -0.6))
        + 0.10 * np.minimum(silent, 15)
    )
    X = pd.DataFrame(
        {
            "tenure_days": tenure,
            "family": family,
            "outages": np.where(outage == 0, np.nan, outage),
            "contacts": contacts,
            "bill_shock": shock,
            "list_price_gap": gap.round(2),
            "days_to_contract_end": end.round(),
            "silent_days": silent.round(),
            "region": rng.choice([f"region {i}" for i in range(12)], rows),
            "since": pd.Timestamp("2026-01-01") - pd.to_timedelta(tenure, unit="D"),
            **{f"use_{i}": rng.gamma(1.5, 10 + i, rows).round(1) for i in range(14)},
        }
    )
    return X, _outcome(rng, logit, 0.05)


def made_twice(rows: int = 4_000) -> Pair:
    """A tenth of the rows stands there twice, as in more than one public table."""
    X, y = made_rare(rows)
    again = np.random.default_rng(6).choice(rows, rows // 10, replace=False)
    rows_of = np.concatenate([np.arange(rows), again])
    return X.iloc[rows_of].reset_index(drop=True), y[rows_of]


SETS: dict[str, Callable[[], Pair]] = {
    "ibm_telco": ibm_telco,
    "ibm_cognos": ibm_cognos,
    "upgrad": upgrad,
    "thresholds": made_thresholds,
    "curved": made_curved,
    "places": made_places,
    "rare": made_rare,
    "twice": made_twice,
    "weak": made_weak,
}
