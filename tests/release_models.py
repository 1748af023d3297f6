"""Hand-made rows of curves, campaigns, back-tests and of the batch itself, for the fixture."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from itertools import product

import duckdb

from tests.release_fixture import FORMULA, MONTHS, insert

CUT_OFFS = [date(2026, month, 1) for month in (6, 7, 8, 9, 10)]


def add_models(connection: duckdb.DuckDBPyConnection) -> None:
    """Add what the models say of themselves, of curves and of a campaign."""
    _effects(connection)
    _curves(connection)
    _campaign(connection)
    _trust(connection)


def _effects(connection: duckdb.DuckDBPyConnection) -> None:
    for kind, unit, outcome, estimate, status, lines in (
        ("outage", "hour without service", "exits", 0.0021, "usable", 4000),
        ("outage", "hour without service", "contacts", 0.0253, "usable", 4000),
        ("bill_shock", "bill", "exits", 0.034, "usable", 300),
        ("late_order", "day late", "exits", 0.9, "too few", 33),
        # Nine lines: never to be told of.
        ("unresolved_contact", "contact", "exits", 0.7, "usable", 9),
    ):
        insert(
            connection,
            "ml.ml_effect",
            {
                "effect_kind": kind,
                "outcome": outcome,
                "status": status,
                "dose_unit": unit,
                "window_days": 60,
                "estimate": estimate,
                "low": estimate - 0.001,
                "high": estimate + 0.001,
                "baseline": 0.02,
                "is_placebo_passed": True,
                "events": 100,
                "exposed_lines": lines,
                "amount_per_dose": 0.5,
                "amount_low": 0.2,
                "amount_high": 0.9,
                "currency": "EUR",
            },
        )


def _curves(connection: duckdb.DuckDBPyConnection) -> None:
    for clock, months in (("as of", 12), ("tenure", 24)):
        for dimension, value, pace, lines in (
            ("all", "all", 0.02, 400),
            ("contract_type", "monthly", 0.03, 220),
            ("contract_type", "two_year", 0.01, 180),
            # Never to be seen: nine lines at risk.
            ("contract_type", "one_year", 0.9, 9),
        ):
            for cause, share in (("all", 1.0), ("port_out", 0.6)):
                for month in range(1, months + 1):
                    left = share * (1 - math.exp(-pace * month))
                    insert(
                        connection,
                        "ml.ml_survival_curve",
                        {
                            "clock": clock,
                            "as_of_date": date(2026, 11, 1),
                            "dimension": dimension,
                            "dimension_value": value,
                            "exit_cause": cause,
                            "month": month,
                            "value": left,
                            "low": left * 0.8,
                            "high": min(1.0, left * 1.2),
                            "n_at_risk": lines,
                            "is_low_n": lines < 30,
                        },
                    )


def _campaign(connection: duckdb.DuckDBPyConnection) -> None:
    for ranking, best in (("risk", 0), ("expected profit", 20)):
        for contacts in (0, 10, 20, 39):
            profit = 200.0 - (contacts - best) ** 2 if contacts else 0.0
            insert(
                connection,
                "ml.ml_profit_curve",
                {
                    "as_of_date": date(2026, 11, 1),
                    "model_id": "churn-1",
                    "terms_version": 1,
                    "list_kind": "risk, not persuadability",
                    "ranking": ranking,
                    "share": contacts / 39,
                    "contacts": contacts,
                    "expected_saves": contacts / 25,
                    "cost": 2.0 * contacts,
                    "profit": profit,
                    "low": profit - 300,
                    "high": profit + 300,
                    "is_allowed": contacts <= 30,
                    "is_best": contacts == best,
                    "currency": "EUR",
                },
            )
    for n in range(1, 41):
        if n == 2:
            continue
        insert(
            connection,
            "ml.ml_uplift_score",
            {
                "subscription_id": f"S{n:03}",
                "as_of_date": date(2026, 11, 1),
                "model_id": "churn-1",
                "list_kind": "risk, not persuadability",
                "risk": round(0.2 - n / 250, 4),
                "clv": 300.0,
                "expected_profit": 20.0 - n,
                # S003 is held out by chance, and so on no list.
                "is_held_out": n == 3,
                "profit_rank": n,
                "is_worth_contacting": n <= 20,
                "is_control": n == 3,
                "currency": "EUR",
            },
        )
    insert(
        connection,
        "ml.ml_uplift",
        {
            "estimator": "everyone",
            "status": "risk, not persuadability",
            "reason": "too few exits",
            "is_chosen": False,
            "campaigns": 2,
            "treated": 385,
            "control": 68,
            "treated_exits": 22,
            "control_exits": 3,
            "measure": "uplift_at_100",
            "value": -0.013,
            "low": -0.06,
            "high": 0.057,
        },
    )


def _trust(connection: duckdb.DuckDBPyConnection) -> None:
    for bin_, (predicted, observed) in enumerate(
        [(0.004, 0.003), (0.01, 0.012), (0.03, 0.2)], start=1
    ):
        insert(
            connection,
            "ml.ml_calibration",
            {
                "model_id": "churn-1",
                "target": "churn",
                "split": "time",
                "bin": bin_,
                "row_count": 300,
                "predicted": predicted,
                "observed": observed,
            },
        )
    for place, day in enumerate(CUT_OFFS):
        for estimator, auc in (("champion", 0.70 + place / 100), ("three-line rule", 0.6)):
            _tested(connection, estimator, "cut-off", day, "auc", auc, auc - 0.05, auc + 0.05)
    _tested(connection, "champion", "mean", CUT_OFFS[-1], "auc", 0.72, 0.70, 0.74)
    _tested(connection, "champion", "worst", CUT_OFFS[0], "auc", 0.70, 0.65, 0.75)
    _tested(
        connection, "three-line rule", "mean", CUT_OFFS[-1], "log_loss_gain", 0.015, 0.006, 0.028
    )
    for dimension, value, gap in (
        ("all", "all", -0.001),
        ("segment", "business", -0.009),
        ("segment", "consumer", 0.001),
    ):
        insert(
            connection,
            "ml.ml_slice",
            {
                "model_id": "churn-1",
                "target": "churn",
                "dimension": dimension,
                "dimension_value": value,
                "is_fairness_group": dimension == "segment",
                "n": 1500,
                "exits": 32,
                "auc": 0.68,
                "auc_low": 0.6,
                "auc_high": 0.76,
                "mean_score": 0.012,
                "observed_rate": 0.012 - gap,
                "calibration_gap": gap,
                "gap_low": gap - 0.004,
                "gap_high": gap + 0.004,
                "selection_rate": 0.1,
                "selection_ratio": 0.92,
                "is_low_n": False,
            },
        )
    for check, is_decisive in (("calibration", True), ("three-line rule", False)):
        insert(
            connection,
            "ml.ml_decision",
            {
                "target": "churn",
                "challenger_id": "churn-1",
                "served_id": "churn-1",
                "decision": "first",
                "as_of_date": date(2026, 10, 1),
                "check_name": check,
                "is_decisive": is_decisive,
                "is_passed": True,
                "value": 0.003,
                "bound": 0.007,
                "told": "calibration error 0.003",
            },
        )
    for subject, value, verdict in (("damage_use", 0.31, "drifted"), ("family", 0.01, "steady")):
        insert(
            connection,
            "ml.ml_drift",
            {
                "model_id": "churn-1",
                "target": "churn",
                "as_of_date": date(2026, 11, 1),
                "subject_kind": "feature",
                "subject": subject,
                "reference_date": date(2026, 10, 1),
                "n_reference": 900,
                "n_current": 900,
                "bins": 10,
                "value": value,
                "noise_limit": 0.03,
                "verdict": verdict,
            },
        )


def _tested(
    connection: duckdb.DuckDBPyConnection,
    estimator: str,
    scope: str,
    day: date,
    metric: str,
    value: float,
    low: float,
    high: float,
) -> None:
    insert(
        connection,
        "ml.ml_backtest",
        {
            "model_id": "churn-1",
            "target": "churn",
            "estimator": estimator,
            "is_baseline": estimator != "champion",
            "scope": scope,
            "as_of_date": day,
            "lag_months": 0,
            "metric": metric,
            "value": value,
            "low": low,
            "high": high,
            "cutoffs": len(CUT_OFFS),
            "test_rows": 900,
            "test_exits": 27,
        },
    )


def add_runs(connection: duckdb.DuckDBPyConnection) -> None:
    """Add three runs, the newest with a failed step, a gate that failed and rows in quarantine."""
    for n in range(3):
        started = datetime(2026, 10, 29 + n, 2, 0)
        run, is_last = f"run-{n}", n == 2
        insert(
            connection,
            "ops.run_ledger",
            {
                "run_id": run,
                "command": "run",
                "status": "failed" if is_last else "ok",
                "started_at": started,
                "ended_at": started + timedelta(minutes=10),
                "message": "check outputs failed" if is_last else "",
                "sequence": 10 * n + 9,
            },
        )
        for place, (step, seconds) in enumerate((("ingest", 60.0), ("build", 300.0 + 300 * n))):
            begun = started + timedelta(seconds=120 * place)
            insert(
                connection,
                "ops.step_ledger",
                {
                    "run_id": run,
                    "step": step,
                    "status": "failed" if is_last and step == "build" else "ok",
                    "row_count": 1000,
                    "seconds": seconds,
                    "started_at": begun,
                    "ended_at": begun + timedelta(seconds=seconds),
                    "summary": f"{step} of {run}",
                    "sequence": 10 * n + place,
                    "peak_memory_bytes": 10**8,
                },
            )
    for expectation, severity, is_success, endangers in (
        ("every bill has an account", "stop", False, ["page Churn", "M33"]),
        ("no file has half its rows in quarantine", "warn", False, ["M05"]),
        ("months are whole", "stop", True, []),
    ):
        insert(
            connection,
            "ops.dq_result",
            {
                "run_id": "run-2",
                "door": "outputs",
                "suite": "marts.fct_bill",
                "expectation": expectation,
                "severity": severity,
                "is_success": is_success,
                "observed": "7 rows",
                "answers": ["bills"],
                "checked_at": datetime(2026, 10, 31, 2, 5),
                "endangers": endangers,
                "is_waived": False,
            },
        )
    connection.execute(
        "insert into quarantine.rows select 'crm', 'customers', 'c.csv', 'birth_date', "
        "'not a date', 'open' from range(12)"
    )


def add_cohorts_and_moments(connection: duckdb.DuckDBPyConnection) -> None:
    """Add cohorts of joining, one of them too small to be told, and the stages of two moments."""
    for start, lost, customers in (
        (date(2026, 5, 1), 12, 380),
        (date(2026, 6, 1), 40, 380),
        # Nine customers: never to be seen.
        (date(2026, 7, 1), 3, 9),
    ):
        for month, (dimension, value, parts) in product(
            range(4), (("all", "all", 1), ("region", "north", 2), ("region", "south", 2))
        ):
            joined = 400 if customers > 9 else 9
            insert(
                connection,
                "marts.agg_cohort_month",
                {
                    "dimension": dimension,
                    "dimension_value": value,
                    "cohort_month": start,
                    "month_number": month,
                    "month_start": date(2026, start.month + month, 1),
                    "joined": joined // parts,
                    "customers": customers // parts,
                    # Three leave in the first month: hidden, for it is fewer than ten.
                    "left_by": (0, 3, lost, lost + 10)[month] // parts if joined > 9 else month,
                    "is_final": month < 3,
                },
            )
    # Two months of the base: few of whom came within the second left within it.
    for start, dimension, value, opening, left, came in (
        (date(2026, 9, 1), "all", "all", 2000, 48, 0),
        (date(2026, 10, 1), "all", "all", 1000, 45, 3),
        (date(2026, 9, 1), "region", "north", 1000, 40, 0),
        (date(2026, 9, 1), "region", "south", 1000, 8, 0),
        (date(2026, 10, 1), "region", "north", 500, 25, 3),
        (date(2026, 10, 1), "region", "south", 500, 20, 0),
    ):
        insert(
            connection,
            "marts.agg_base_month",
            {
                "dimension": dimension,
                "dimension_value": value,
                "month_start": start,
                "opening": opening,
                "customers": opening * 9 // 10,
                "left_in": left,
                "left_customers": left,
                "came_and_left": came,
                "came_and_left_customers": came,
                "is_final": start.month < 10,
            },
        )
    # South has too few in work, so that north is not told of it either.
    stages = (
        (
            "ordered",
            "front",
            11.0,
            {"all": 300, "north": 150, "south": 150, "web": 180, "shop": 120},
        ),
        ("in_work", "back", 9000.0, {"all": 200, "north": 192, "south": 8}),
        ("fallout", "back", 7777.0, {"all": 9, "north": 9}),
    )
    periods = (("total", date(2026, 7, 1)), ("month", MONTHS[-2]), ("month", MONTHS[-1]))
    for (grain, start), (place, (stage, office, minutes, parts)) in product(
        periods, enumerate(stages, start=1)
    ):
        for value, customers in parts.items():
            insert(
                connection,
                "marts.agg_moment_step",
                {
                    "journey_type": "join",
                    "stage": stage,
                    "dimension": {"all": "all", "web": "channel", "shop": "channel"}.get(
                        value, "region"
                    ),
                    "dimension_value": value,
                    "period_grain": grain,
                    "period_start": start,
                    "stage_order": place,
                    "office": office,
                    "journeys": customers,
                    "customers": customers,
                    "median_minutes": minutes,
                    "p90_minutes": 2 * minutes,
                    "total_minutes": minutes * customers,
                    # In later stages only three have a due time.
                    "due_customers": customers if stage == "ordered" else 3,
                    "median_due_minutes": 90.0,
                    "followed_journeys": customers,
                    "followed_customers": customers,
                    # A fifth of those who ordered asked, of later stages five.
                    "asked_journeys": customers // 5 if stage == "ordered" else 5,
                    "asked_customers": customers // 5 if stage == "ordered" else 5,
                    "asked_again_journeys": 0,
                    "asked_again_customers": 0,
                },
            )
    _moment_lists(connection)
    # Of the cohort of June: one left in it, one two months after, two are still here.
    for number, exit_month in enumerate((date(2026, 6, 1), date(2026, 8, 1), None, None), start=1):
        insert(
            connection,
            "marts.cohort_line",
            {
                "subscription_id": f"S{number:03}",
                "customer_id": f"C{number:03}",
                "cohort_month": date(2026, 6, 1),
                "region": "north" if number % 2 else "south",
                "segment": "consumer",
                "family": "broadband",
                "channel": "web",
                "exit_month": exit_month,
            },
        )


def _moment_lists(connection: duckdb.DuckDBPyConnection) -> None:
    """List five lines that ordered last month; one of them, and another's call, are there now."""
    for number in range(1, 6):
        is_here = number == 2
        insert(
            connection,
            "marts.moment_list",
            {
                "journey_id": f"J{number}",
                "customer_id": f"C{number:03}",
                "subscription_id": None if number == 5 else f"S{number:03}",
                "journey_type": "join",
                "stage": "ordered",
                "region": "north" if number < 4 else "south",
                "segment": "consumer",
                "channel": "web",
                "outcome": "open" if is_here else "reached",
                "team_name": FORMULA if number == 1 else None,
                "minutes": 1000.0 - number,
                "contacts": number,
                "contacts_after": 0,
                "is_here_now": is_here,
                "month_start": MONTHS[-2] if number == 4 else MONTHS[-1],
                "entered_at": datetime(2026, 10, number),
                "left_at": datetime(2026, 10, number, 16),
                "due_at": None,
            },
        )
