"""A tiny release with hand-made rows, whose tables are exactly what the dbt contracts promise.

A column that a contract drops or renames makes the insert here fail, before a page does.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

import duckdb
import yaml

from cx.ledger import create_tables
from cx.release import Release, current, publish
from cx.settings import REPO, Settings
from cx.warehouse import writing
from ml.lists import write_lists
from ml.registry import TABLES as ML_TABLES
from ml.score_summary import summarise

AS_OF = datetime(2026, 11, 1)
MONTHS = [date(2026, 7, 1), date(2026, 8, 1), date(2026, 9, 1), date(2026, 10, 1)]
PEOPLE = range(1, 41)
# S001 is in an outage now; S002 left for another operator; S003 has no service, so no index.
HIT_BY_OPEN_OUTAGE = range(1, 13)
# The links of the index let it see not quite all, of the silent too little.
SEEN = {"M42": 0.99996, "M36": 0.913}
# Made to look like a formula, as a hostile source system might.
FORMULA = "=HYPERLINK(1)"


@cache
def contracts() -> dict[str, dict[str, str]]:
    """Return column → type for every mart that has a contract."""
    found = {}
    for path in sorted((REPO / "models" / "marts").rglob("_*.yml")):
        told = yaml.CSafeLoader(path.read_text(encoding="utf-8")).get_single_data()
        for model in told.get("models", []):
            columns = {column["name"]: column.get("data_type") for column in model["columns"]}
            if all(columns.values()):
                found[model["name"]] = columns
    return found


def empty_home(folder: Path) -> Settings:
    """Make a warehouse whose marts, scores and ledgers exist and hold nothing."""
    settings = Settings(home=folder)
    with writing(settings) as connection:
        for schema in ("marts", "ml", "intermediate", "quarantine"):
            connection.execute(f"create schema if not exists {schema}")
        create_tables(connection)
        connection.execute(
            "create table quarantine.rows (source_system varchar, feed varchar, "
            "file_name varchar, column_name varchar, reason varchar, state varchar)"
        )
        connection.execute(
            "create table intermediate.int_clock as "
            "select cast(? as timestamp) as as_of, cast(? as timestamp) as first_at, ? as batch_id",
            [AS_OF, datetime(2026, 7, 1), "batch-1"],
        )
        for table, columns in contracts().items():
            typed = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
            connection.execute(f"create table marts.{table} ({typed})")
        for table, columns in ML_TABLES.items():
            connection.execute(f"create table ml.{table} ({columns})")
    return settings


def full_home(folder: Path) -> Settings:
    """Make a warehouse with forty subscriptions and a reason for every row."""
    from tests.release_care import add_care  # they insert as this module does
    from tests.release_desk import add_desk
    from tests.release_models import (
        add_cohorts_and_moments,
        add_models,
        add_runs,
    )

    settings = empty_home(folder)
    with writing(settings) as connection:
        _metrics(connection)
        _people(connection)
        _service(connection)
        _commercial(connection)
        _experience(connection)
        _scores(connection)
        add_models(connection)
        add_desk(connection)
        add_runs(connection)
        add_cohorts_and_moments(connection)
        add_care(connection)
        connection.execute("create schema if not exists features")
        connection.execute(
            "create table features.churn_labels as "
            "select date '2026-09-01' as as_of_date, timestamp '2026-10-01' as window_to"
        )
        summarise(connection, date(2026, 11, 1))
        write_lists(connection)
    return settings


def published(settings: Settings) -> Release:
    """Publish the way `cx publish` does and return the pointer."""
    publish(settings)
    return current(settings.releases)


def insert(connection: duckdb.DuckDBPyConnection, table: str, *rows: dict) -> None:
    """Insert rows by column name; what a row does not name is null."""
    for row in rows:
        names = ", ".join(f'"{name}"' for name in row)
        marks = ", ".join("?" for _ in row)
        connection.execute(f"insert into {table} ({names}) values ({marks})", list(row.values()))


def _metrics(connection: duckdb.DuckDBPyConnection) -> None:
    units = {
        "M01": ("−100..100", "up"),
        "M05": ("per 1000 per 30 d", "down"),
        "M17": ("%", "up"),
        "M18": ("min", "down"),
        "M22": ("h", "down"),
        "M28": ("% per 30 d", "down"),
        "M29": ("% per 30 d", "down"),
        "M29v": ("% per 30 d", "down"),
        "M29i": ("% per 30 d", "down"),
        "M33": ("money per month", "up"),
        "M36": ("%", "neutral"),
        "M42": ("0..100", "up"),
        "M48": ("%", "up"),
    }
    for metric, (unit, direction) in units.items():
        insert(
            connection,
            "marts.dim_metric",
            {
                "metric_id": metric,
                "metric_version": 1,
                "metric_name": f"Name of {metric}",
                "formula": "a / b",
                "slices": ["segment", "family", "region"],
                "unit": unit,
                "direction": direction,
                "scale": 100,
                "interval_kind": "wilson",
                "window_days": 0,
                "edges": ["contact→customer"] if metric in SEEN else None,
                "definition": f"Definition of {metric}.",
            },
        )
    # Churn jumps in October, clearly; the experience index does not move beyond its interval.
    values = {
        "M28": [(2.0, 1.8, 2.2), (2.0, 1.8, 2.2), (2.1, 1.9, 2.3), (4.4, 4.0, 4.8)],
        "M29v": [(1.0, 0.8, 1.2), (1.0, 0.8, 1.2), (1.1, 0.9, 1.3), (3.2, 2.8, 3.6)],
        "M29i": [(1.0, 0.8, 1.2), (1.0, 0.8, 1.2), (1.0, 0.8, 1.2), (1.2, 1.0, 1.4)],
        "M42": [(90, 88, 92), (90, 88, 92), (91, 89, 93), (90.5, 88, 93)],
        "M01": [(20, 10, 30), (22, 12, 32), (21, 11, 31), (23, 13, 33)],
        "M05": [(80, None, None), (82, None, None), (84, None, None), (90, None, None)],
        "M17": [(99.91, None, None)] * 4,
        "M18": [(1000, None, None), (1100, None, None), (900, None, None), (52_000, None, None)],
        "M22": [(40, None, None), (38, None, None), (42, None, None), (41, None, None)],
        "M33": [(21, None, None), (21.5, None, None), (21.2, None, None), (21.3, None, None)],
        "M36": [(60, 58, 62), (61, 59, 63), (60, 58, 62), (59, 57, 61)],
    }
    for metric, by_month in values.items():
        for month, (value, low, high) in zip(MONTHS, by_month, strict=True):
            for dimension, name in (("all", "all"), ("region", "north"), ("segment", "consumer")):
                exits = {"M28": 48, "M29v": 30, "M29i": 18}.get(metric, 20)
                _value(connection, metric, month, value, low, high, dimension, name, exits=exits)
    for month in MONTHS:
        # Fraud and death are too few to be told apart from each other and from non-payment.
        for cause, exits in (("port_out", 30), ("non_pay", 14), ("fraud", 3), ("deceased", 1)):
            _value(connection, "M29", month, exits / 10, 0.1, 9.9, "exit_cause", cause, exits=exits)
    # A region of nine customers: its value must never be seen, nor follow from the others'.
    _value(connection, "M28", MONTHS[-1], 3.3, 3.0, 3.6, "region", "south")
    _value(connection, "M28", MONTHS[-1], 77.7, 70.0, 80.0, "region", "tiny", customers=9)
    for contract, exits in (("monthly", 30), ("one_year", 18)):
        _value(connection, "M28", MONTHS[-1], 3.0, 2.7, 3.3, "contract", contract, exits=exits)
    _value(connection, "M28", MONTHS[-1], 3.0, 2.7, 3.3, "family", "broadband", exits=48)
    # The same by two slices; what is of the tiny region is hidden there, too.
    for name, value in (("mobile + north", 1.6), ("tv + north", 2.6), ("mobile + south", 3.3)):
        _value(connection, "M28", MONTHS[-1], value, value - 1, value + 1, "family+region", name)
    _value(
        connection, "M28", MONTHS[-1], 66.6, 60.0, 70.0, "family+region", "tv + tiny", customers=9
    )
    for edge, value in (("alarm→resource", 99.5), ("ticket→service", 71.0)):
        _value(connection, "M48", MONTHS[-1], value, value - 1, value + 1, "edge", edge)
    # Two systems' tickets lack their service; mending the second one's would link more.
    for system, fix, rows in (("desk", "tell_apart", 2), ("field", "fill_key", 40)):
        insert(
            connection,
            "marts.link_coverage",
            {
                "edge": "ticket→service",
                "source_system": system,
                "fix": fix,
                "fix_column": "trouble_ticket.service_id",
                "fix_rows": rows,
            },
        )
    insert(
        connection,
        "marts.answer_readiness",
        {"answer_id": "base", "question": "Who is a customer", "status": "available"},
        {
            "answer_id": "surveys",
            "question": "What customers say",
            "status": "missing",
            "missing_columns": ["survey_response.score"],
        },
    )


def _value(
    connection: duckdb.DuckDBPyConnection,
    metric: str,
    month: date,
    value: float,
    low: float | None,
    high: float | None,
    dimension: str = "all",
    name: str = "all",
    customers: int = 900,
    exits: int = 20,
) -> None:
    end = (month + timedelta(days=32)).replace(day=1)
    insert(
        connection,
        "marts.metric_value",
        {
            "metric_id": metric,
            "metric_version": 1,
            "period_grain": "month",
            "period_start": month,
            "period_end": end,
            "dimension": dimension,
            "dimension_value": name,
            "numerator": float(exits),
            "denominator": 1000.0,
            "value": value,
            "n": 1000,
            "ci_low": low,
            "ci_high": high,
            "customers": customers,
            "is_low_n": False,
            "seen_share": SEEN.get(metric),
            "status": "provisional" if month == MONTHS[-1] else "final",
            "batch_id": "batch-1",
            "as_of": AS_OF,
        },
    )


def _people(connection: duckdb.DuckDBPyConnection) -> None:
    for n in PEOPLE:
        # C040 holds two subscriptions: S040 and S039.
        customer = "C040" if n == 39 else f"C{n:03}"
        if n != 39:
            insert(
                connection,
                "marts.dim_customer",
                {
                    "customer_key": f"k{n}",
                    "customer_id": customer,
                    "segment": "consumer",
                    "region": "north",
                    "is_internal": False,
                    "is_current": True,
                },
            )
        has_left = n == 2
        insert(
            connection,
            "marts.dim_subscription",
            {
                "subscription_key": f"k{n}",
                "subscription_id": f"S{n:03}",
                "customer_id": customer,
                "account_id": f"A{n:03}",
                "offering_id": "O1",
                "offering_name": "Fibre 500",
                "family": "broadband",
                "contract_type": "monthly",
                "area": "Harbour",
                "region": "north" if n % 2 else "south",
                "segment": "consumer" if n % 3 else "business",
                "status": "terminated" if has_left else "active",
                "exit_cause": "port_out" if has_left else None,
                "monthly_charge": 30,
                "is_prepaid": False,
                "is_internal": False,
                "is_in_base": True,
                "started_at": datetime(2025, 3, 1),
                "ended_at": datetime(2026, 10, 20) if has_left else None,
                "is_current": True,
            },
        )
    insert(
        connection,
        "marts.dim_customer",
        {"customer_key": "k99", "customer_id": "C099", "is_current": True, "is_internal": False},
    )
    insert(
        connection,
        "marts.dim_product_offering",
        {
            "offering_key": "o2",
            "offering_id": "O2",
            "offering_name": "Extra data",
            "monthly_price": 5,
            "is_current": True,
        },
        {
            "offering_key": "smart",
            "offering_id": "MOB-SMART",
            "currency": "EUR",
            "is_current": True,
        },
    )


def _service(connection: duckdb.DuckDBPyConnection) -> None:
    for n, latitude in enumerate((52.5, 52.7)):
        insert(
            connection,
            "marts.dim_location",
            {
                "location_id": f"SITE-{n}",
                "area": "Northtown",
                "region": "north",
                "latitude": latitude,
                "longitude": 13.4,
            },
        )
    problems = [
        # An unplanned cut, planned work, one that hit three customers, and an outage still open.
        ("P-CUT", "fibre_cut", False, datetime(2026, 9, 10, 6), 300.0, range(5, 30), False),
        ("P-WORK", "planned_work", True, datetime(2026, 10, 2, 1), 120.0, range(1, 16), False),
        ("P-SMALL", "power", False, datetime(2026, 10, 5, 9), 60.0, range(1, 4), False),
        ("P-OPEN", "power", False, datetime(2026, 10, 31, 20), 240.0, HIT_BY_OPEN_OUTAGE, True),
        (FORMULA, "software", False, datetime(2026, 8, 20, 9), 10.0, range(1, 13), False),
    ]
    # What those it hit pay, and who of them left beyond like lines. Of the small one nothing shows.
    losses = [
        ("P-CUT", "usable", 2500.0, 400.0, 10, 0.08, 0.01, 0.2),
        ("P-WORK", "not compared", 900.0, 850.0, 0, None, None, None),
        ("P-SMALL", "usable", 777.0, 777.0, 3, 0.9, 0.5, 1.3),
        ("P-OPEN", "too early", None, None, 0, None, None, None),
        (FORMULA, "usable", 2100.0, 200.0, 4, 0.1, 0.05, 0.3),
    ]
    for name, status, total, nine, left, excess, low, high in losses:
        insert(
            connection,
            "marts.agg_problem_revenue",
            {"problem_id": name, "monthly_revenue": total, "largest_nine_revenue": nine},
        )
        insert(
            connection,
            "ml.ml_problem_effect",
            {
                "problem_id": name,
                "excess_status": status,
                # Four customers' twelve lines are four.
                "compared_exits": 3 * left,
                "exit_customers": left,
                "excess_exits": excess,
                "excess_low": low,
                "excess_high": high,
                "exit_days": 60,
            },
        )
    for name, cause, is_planned, started, minutes, hit, is_open in problems:
        ended = started + timedelta(minutes=minutes)
        insert(
            connection,
            "marts.fct_problem",
            {
                "problem_id": name,
                "category": "outage",
                "cause": cause,
                "area": "Northtown",
                "region": "north",
                "technology": None if is_planned else "FTTH",
                "affected_services": len(hit),
                "affected_subscriptions": len(hit),
                "affected_customers": len(hit),
                "customer_minutes_lost": minutes * len(hit),
                "degraded_minutes": 0.0,
                "contacts": 6,
                "contacts_named": 2,
                "tickets": 3,
                "notices": 11,
                "customers_told": 11,
                "exits_30d": 1,
                "exit_customers_30d": 1,
                "minutes_to_detect": 5.0,
                "minutes_to_restore": None if is_open else minutes,
                "is_outage": True,
                "is_planned": is_planned,
                "is_open": is_open,
                "is_withdrawn": False,
                "is_derived": False,
                "started_at": started,
                "restored_at": None if is_open else ended,
                "lasted_to": ended,
            },
        )
        for n in hit:
            insert(
                connection,
                "marts.fct_service_impact",
                {
                    "problem_id": name,
                    "service_id": f"V{n:03}",
                    "subscription_id": f"S{n:03}",
                    "customer_id": f"C{n:03}",
                    "rule": "topology",
                    "confidence": 0.95,
                    "minutes": minutes,
                    "degraded_minutes": 0.0,
                    "is_outage": True,
                    "is_planned": is_planned,
                    "impact_from": started,
                    "impact_to": ended,
                },
            )
    insert(
        connection,
        "marts.bdg_evidence",
        *(
            {
                "link_id": f"l{n}",
                "from_type": "problem",
                "from_id": "P-CUT",
                "to_type": kind,
                "to_id": target,
                "rule": rule,
                "confidence": confidence,
            }
            for n, (kind, target, rule, confidence) in enumerate(
                [
                    ("contact", "I1", "named", 1.0),
                    ("contact", "I2", "impact_window", 0.7),
                    ("ticket", "T1", "named_by_problem", 1.0),
                    ("exit", "S007", "exit_after_impact", 0.3),
                ]
            )
        ),
    )
    insert(
        connection,
        "marts.fct_ticket",
        {
            "ticket_id": "T1",
            "customer_id": "C001",
            "subscription_id": "S001",
            "problem_id": "P-CUT",
            "ticket_type": "fault",
            "opened_at": datetime(2026, 9, 10, 7),
            "resolved_at": datetime(2026, 9, 11, 7),
            "hours_to_resolve": 24.0,
            "is_open": False,
            "is_reopened": False,
        },
    )


def _commercial(connection: duckdb.DuckDBPyConnection) -> None:
    insert(
        connection,
        "marts.fct_interaction",
        {
            "interaction_id": "I1",
            "customer_id": "C001",
            "subscription_id": "S001",
            "channel": "call",
            "direction": "inbound",
            "reason": "fault",
            "problem_id": "P-CUT",
            "is_contact": True,
            "is_human_handled": True,
            "is_repeat_7d": False,
            "started_at": datetime(2026, 9, 10, 8),
        },
        # Names the customer only; belongs on every subscription's timeline of that customer.
        {
            "interaction_id": FORMULA,
            "customer_id": "C001",
            "channel": "app",
            "direction": "inbound",
            "reason": "billing",
            "is_human_handled": False,
            "is_repeat_7d": False,
            "started_at": datetime(2026, 10, 12, 8),
        },
    )
    for n, (month, amount, is_shock) in enumerate(
        [(8, 30, False), (9, 30, False), (10, 95, True)], start=1
    ):
        insert(
            connection,
            "marts.fct_bill",
            {
                "bill_id": f"B{n}",
                "previous_bill_id": f"B{n - 1}" if n > 1 else None,
                "account_id": "A001",
                "customer_id": "C001",
                "subscription_id": "S001",
                "currency": "EUR",
                "amount": amount,
                "previous_amount": 30 if n > 1 else None,
                "previous_billed_at": datetime(2026, month - 1, 5) if n > 1 else None,
                "source_system": "sim",
                "previous_median_amount": 30,
                "compared_from": datetime(2026, 8, 5),
                "is_on_cycle": True,
                "is_shock": is_shock,
                "billed_at": datetime(2026, month, 5),
            },
        )
    insert(
        connection,
        "marts.fct_product_order",
        {
            "order_item_id": "R1",
            "subscription_id": "S001",
            "customer_id": "C001",
            "offering_id": "O2",
            "action": "add",
            "state": "completed",
            "lead_hours": 72.0,
            "is_late": True,
            "ordered_at": datetime(2026, 8, 1),
            "first_promised_at": datetime(2026, 8, 2),
            "completed_at": datetime(2026, 8, 4),
        },
    )
    insert(
        connection,
        "marts.fct_subscription_event",
        {
            "event_id": "E1",
            "subscription_id": "S001",
            "customer_id": "C001",
            "event_type": "activation",
            "occurred_at": datetime(2026, 7, 3),
        },
    )
    insert(
        connection,
        "marts.fct_survey",
        {
            "survey_id": "Q1",
            "customer_id": "C001",
            "subscription_id": "S001",
            "survey_type": "nps_relational",
            "nps_group": "detractor",
            "score": 3,
            "is_valid_score": True,
            "answered_at": datetime(2026, 10, 15),
        },
    )
    insert(
        connection,
        "marts.fct_notice",
        {
            "message_id": "N1",
            "customer_id": "C001",
            "subscription_id": "S001",
            "channel": "sms",
            "purpose": "planned_work",
            "sent_at": datetime(2026, 10, 1),
        },
    )


def _experience(connection: duckdb.DuckDBPyConnection) -> None:
    events = [
        ("x1", "use", "outage", datetime(2026, 9, 10, 6), 12.25, "problem", "P-CUT"),
        ("x2", "join_change", "late_order", datetime(2026, 8, 4), 4.5, "order", "R1"),
        ("x3", "pay", "bill_shock", datetime(2026, 10, 5), 3.25, "bill", "B3"),
    ]
    for name, domain, kind, moment, lost, evidence, reference in events:
        insert(
            connection,
            "marts.fct_cx_event",
            {
                "cx_event_id": name,
                "subscription_id": "S001",
                "root_id": reference,
                "evidence_type": evidence,
                "evidence_id": reference,
                "domain": domain,
                "event_type": kind,
                "measure": 1.0,
                "quality": 0.2,
                "significance": 2.0,
                "occurred_at": moment,
            },
        )
        insert(
            connection,
            "marts.cxi_points",
            {
                "subscription_id": "S001",
                "as_of_date": date(2026, 11, 1),
                "cx_event_id": name,
                "domain": domain,
                "points_lost": lost,
            },
        )
    for as_of_date, cxi in ((date(2026, 10, 1), 88.0), (date(2026, 11, 1), 80.0)):
        insert(
            connection,
            "marts.fct_cxi_day",
            {
                "subscription_id": "S001",
                "as_of_date": as_of_date,
                "customer_id": "C001",
                "cxi": cxi,
                "is_monitored": True,
            },
            {
                "subscription_id": "S003",
                "as_of_date": as_of_date,
                "customer_id": "C003",
                "cxi": None,
                "is_monitored": False,
            },
        )


def _scores(connection: duckdb.DuckDBPyConnection) -> None:
    insert(
        connection,
        "ml.ml_cxi_calibration",
        {
            "survey_type": "nps_relational",
            "is_decisive": True,
            "status": "uncalibrated",
            "parameter_version": 1,
            "test_rows": 120,
            "correlation": 0.08,
            "correlation_low": -0.1,
            "correlation_high": 0.26,
        },
        {"survey_type": "csat", "is_decisive": False, "status": "calibrated", "test_rows": 60},
    )
    insert(
        connection,
        "ml.ml_model",
        {
            "model_id": "churn-1",
            "target": "churn",
            "status": "champion",
            "reason": "additive: its reasons are exact",
            "as_of_date": date(2026, 10, 1),
            "estimator": "ChurnClassifier",
            "train_from": date(2026, 7, 1),
            "train_to": date(2026, 9, 1),
            "train_rows": 3000,
            "train_positives": 80,
            "base_rate": 0.027,
            "leak_gate": "[]",
        },
        {
            "model_id": "next_product-none",
            "target": "next_product",
            "status": "no model",
            "reason": "too few orders of add-ons",
        },
    )
    for estimator, is_baseline, auc in (
        ("champion", False, 0.71),
        ("base rate", True, 0.5),
        ("logistic", True, 0.69),
    ):
        for metric, value in (("auc", auc), ("auc_low", auc - 0.03), ("auc_high", auc + 0.03)):
            insert(
                connection,
                "ml.ml_evaluation",
                {
                    "model_id": "churn-1",
                    "target": "churn",
                    "estimator": estimator,
                    "is_baseline": is_baseline,
                    "split": "time",
                    "test_as_of_date": date(2026, 10, 1),
                    "test_rows": 1000,
                    "test_positives": 27,
                    "metric": metric,
                    "value": value,
                },
            )
    for n in PEOPLE:
        if n == 2:
            continue
        insert(
            connection,
            "ml.ml_score",
            {
                "subscription_id": f"S{n:03}",
                "as_of_date": date(2026, 11, 1),
                "model_id": "churn-1",
                "target": "churn",
                "score": round(0.2 - n / 250, 4),
                "score_rank": n,
                "score_decile": 1 + n // 5,
                "base_rate": 0.027,
            },
        )
        insert(
            connection,
            "ml.ml_score_reason",
            {
                "subscription_id": f"S{n:03}",
                "as_of_date": date(2026, 11, 1),
                "model_id": "churn-1",
                "target": "churn",
                "reason_rank": 1,
                "direction": "raises",
                "theme": "faults",
                "reason_code": "outage_minutes_90d",
                "contribution": 0.8,
                "sentence": "Was without service for 660 minutes in 90 days (typical: 0)",
                "sentence_ru": "Без услуги 660 минут за 90 дней (обычно: 0)",
            },
        )
    insert(
        connection,
        "ml.ml_recommendation",
        {
            "subscription_id": "S001",
            "as_of_date": date(2026, 11, 1),
            "model_id": "next_product-1",
            "score_kind": "probability of taking it",
            "offering_id": "O2",
            "offering_name": "Extra data",
            "rank": 1,
            "score": 0.12,
        },
    )
