"""Hand-made rows of what is worth doing, of segments and of needs, for the fixture."""

from __future__ import annotations

from datetime import date

import duckdb
import pandas as pd

from ml.registry import replace_rows
from ml.segment_profiles import profiles
from ml.work_list import curves, idle, risks
from tests.release_fixture import insert

DAY = date(2026, 11, 1)
FEWEST = 10


def add_desk(connection: duckdb.DuckDBPyConnection) -> None:
    """Add actions, what they are worth, what if, results, segments and needs."""
    _actions(connection)
    _what_if(connection)
    _segments(connection)
    _needs(connection)


def _actions(connection: duckdb.DuckDBPyConnection) -> None:
    for order, (action, name, russian, is_contact) in enumerate(
        (
            ("repair_first", "Repair first", "Чинить вне очереди", False),
            ("notify", "Tell before they ask", "Сообщить заранее", False),
            ("call", "Call to keep", "Позвонить и удержать", True),
            ("do_nothing", "Do nothing", "Ничего не делать", False),
        ),
        1,
    ):
        insert(
            connection,
            "marts.dim_action",
            {
                "action_id": action,
                "action_name": name,
                "action_name_ru": russian,
                "action_order": order,
                "is_contact": is_contact,
                "is_current": True,
                "consent_purposes": ["marketing"] if is_contact else [],
            },
        )
    # Twelve lines wait for a repair, sixteen for a call; four (never to be told of) for a message.
    kinds = [("repair_first", 2.0)] * 12 + [("call", 30.0)] * 16 + [("notify", 0.5)] * 4
    listed = pd.DataFrame(
        [
            {
                "place": place,
                "subscription_id": f"S{place:03}",
                "customer_id": f"C{place:03}",
                "as_of_date": DAY,
                "action_id": action,
                "value": value - place / 100,
                "value_low": -value,
                "value_high": 3 * value,
                "cost": 1.0,
                "exits_prevented": value / 100,
                "exits_low": 0.0,
                "exits_high": value / 50,
                "contacts_prevented": 0.1,
                "takes": 0.0,
                "effect_source": "ml_effect",
                "reason": f"Reason of S{place:03}",
                "reason_ru": f"Причина S{place:03}",
                "risk": 0.05 if action == "repair_first" else 0.2,
                "clv": 300.0,
                "region": "north",
                "segment": "consumer",
                "plan_name": "Mini",
                "is_contact": action == "call",
                "needs_consent": action == "call",
                "is_marketing_agreed": True,
                "is_profiling_agreed": False,
                "approaches_lately": 0,
                "most_contacts": 1,
                "fatigue_days": 30,
                "currency": "EUR",
            }
            for place, (action, value) in enumerate(kinds, 1)
        ]
    )
    listed = listed.sort_values(["value", "subscription_id"], ascending=[False, True])
    listed["place"] = range(1, len(listed) + 1)
    for name in ("family", "offering_id", "offering_name", "channel", "day_part"):
        listed[name] = None
    listed["problem_id"] = listed["action_id"].map({"repair_first": "P-NORTH"})
    replace_rows(connection, "ml_work_list", listed)
    table = curves(listed, FEWEST).assign(as_of_date=DAY, currency="EUR")
    replace_rows(connection, "ml_action_curve", table)
    table = risks(listed, FEWEST).assign(as_of_date=DAY, currency="EUR")
    replace_rows(connection, "ml_action_risk", table)
    rest = pd.DataFrame(
        {
            "customer_id": [f"C{n:03}" for n in range(100, 160)],
            "action_id": "do_nothing",
            "reason_key": ["nothing pays"] * 40 + ["limited"] * 20,
            "limited_by": [None] * 40 + ["contact fatigue"] * 20,
            "best_value": [-1.0] * 40 + [5.0] * 20,
            "region": "north",
            "segment": "consumer",
        }
    )
    table = idle(rest, FEWEST).assign(as_of_date=DAY, currency="EUR")
    replace_rows(connection, "ml_action_idle", table)
    for action, lines, value, most in (
        ("repair_first", 12, 24.0, 40.0),
        ("call", 16, 480.0, None),
        ("notify", 4, 2.0, None),
        ("do_nothing", 60, 0.0, None),
    ):
        insert(
            connection,
            "ml.ml_action_plan",
            {
                "as_of_date": DAY,
                "action_id": action,
                "options": 40,
                "worth_doing": lines,
                "withheld": 3 if action == "call" else 0,
                "recommended": lines,
                "customers": lines,
                "value": value,
                "value_low": -value,
                "value_high": 3 * value,
                "cost": float(lines),
                "used": float(lines),
                "most": most,
                "price": 0.0,
                "method": "exact",
                "budget": 1000.0,
                "budget_used": 32.0,
                "budget_price": 0.0,
                "currency": "EUR",
            },
        )
    insert(
        connection,
        "ml.ml_action_effect",
        {
            "action_id": "call",
            "outcome": "exits",
            "status": "measured",
            "reason": "weighed with what was assumed, each by how sure it is",
            "lines_done": 900,
            "lines_held_out": 120,
            "measured": 0.012,
            "low": 0.004,
            "high": 0.02,
            "foretold": 0.02,
            "scale": 0.6,
            "scale_low": 0.2,
            "scale_high": 1.0,
        },
        {
            "action_id": "notify",
            "outcome": "contacts",
            "status": "foretold",
            "reason": "fewer than 100 lines with a known outcome in an arm",
            "lines_done": 4,
            "lines_held_out": 0,
            "foretold": 0.01,
            "scale": 1.0,
            "first_known_on": date(2026, 11, 15),
            "enough_known_on": date(2026, 12, 15),
        },
    )


def _what_if(connection: duckdb.DuckDBPyConnection) -> None:
    for outcome, effect, amount in (("contacts", -40.0, 200.0), ("exits", -7.0, 1500.0)):
        insert(
            connection,
            "ml.ml_what_if",
            {
                "scenario": "cap_bill_shock",
                "outcome": outcome,
                "effect_kind": "bill_shock",
                "change": -1.0,
                "change_unit": "bill",
                "events": 500,
                "dose_now": 189.0,
                "dose_changed": -189.0,
                "share_changed": -1.0,
                "effect": effect,
                "effect_low": 1.5 * effect,
                "effect_high": 0.5 * effect,
                "amount": amount,
                "amount_low": 0.5 * amount,
                "amount_high": 1.5 * amount,
                "currency": "EUR",
                "days_seen": 393,
                "is_extrapolated": False,
                "warning": "",
                "status": "usable",
            },
        )
    insert(
        connection,
        "ml.ml_what_if",
        {
            "scenario": "raise_prices_5",
            "outcome": "exits",
            "change": 5.0,
            "change_unit": "% of every recurring charge",
            "events": 1000,
            "currency": "EUR",
            "is_extrapolated": True,
            "warning": "What a price does to exits has not been measured here. A year's gain is "
            "gone when 62 of 1,000 lines (6.2%) leave because of it.",
            "status": "not measured",
        },
    )


def _segments(connection: duckdb.DuckDBPyConnection) -> None:
    for day in (date(2026, 10, 1), DAY):
        for letter, name, russian, customers in (
            ("A", "cheap plan, little data", "дешёвый тариф, мало данных", 120),
            ("B", "dear plan, much data", "дорогой тариф, много данных", 80),
            # Of forty: never to be told of.
            ("C", "silent", "молчат", 40),
        ):
            insert(
                connection,
                "ml.ml_segment",
                {
                    "as_of_date": day,
                    "segment_id": letter,
                    "segment_name": name,
                    "segment_name_ru": russian,
                    "lines": customers,
                    "customers": customers,
                    "share": customers / 240,
                    "segments": 3,
                    "stability_over_draws": 0.93,
                    "stability_over_months": 0.73,
                    "mean_risk": 0.017,
                    "mean_clv": 188.0,
                },
            )
    for n in range(5, 25):
        insert(
            connection,
            "ml.ml_segment_member",
            {"subscription_id": f"S{n:03}", "as_of_date": DAY, "segment_id": "A"},
        )
    moments = [
        _moments(letter, kind, subject, choice, rate, customers)
        for letter, customers, charge, phone in (("A", 120, 13.0, 0.6), ("B", 80, 22.0, 0.3))
        for kind, subject, choice, rate in (
            ("trait", "monthly_charge", None, charge),
            ("habit", "channel", "phone", phone),
            ("habit", "channel", "app", 1 - phone),
            ("add-on", "add-on", "ADD-TV", 0.25),
        )
    ]
    table = profiles(pd.DataFrame(moments), FEWEST).assign(as_of_date=DAY, model_id="segments-1")
    replace_rows(connection, "ml_segment_profile", table)
    for source, target, lines, share in (
        ("A", "A", 100, 0.8),
        ("A", "B", 25, 0.2),
        ("B", "B", None, None),
        ("joined", "A", 20, 1.0),
    ):
        insert(
            connection,
            "ml.ml_segment_move",
            {
                "from_date": date(2026, 10, 1),
                "to_date": DAY,
                "from_segment_id": source,
                "to_segment_id": target,
                "lines": lines,
                "share": share,
                "customers": lines,
            },
        )


def _moments(
    letter: str, kind: str, subject: str, choice: str | None, rate: float, customers: int
) -> dict[str, object]:
    """Return the sums of customers of one line or contact each."""
    sums = {"sy": rate * customers, "syn": rate * customers, "sn": customers, "snn": customers}
    square = rate * customers if kind != "trait" else (rate * rate + 4) * customers
    return {
        "segment_id": letter,
        "kind": kind,
        "subject": subject,
        "choice": choice,
        "syy": square,
        "customers": customers,
        "chosen": customers if kind == "trait" else rate * customers,
        **sums,
    }


def _needs(connection: duckdb.DuckDBPyConnection) -> None:
    for need, subject, other, share, lift, size, unit in (
        ("another plan fits better", "MOB-SMART", "MOB-MINI", 0.55, None, 3.8, "money a month"),
        ("usage beyond the plan", "MOB-SMART", None, 0.24, None, 7.6, "GB a month"),
        ("reason for leaving a plan", "MOB-SMART", "to MOB-MAX after bill shock", 0.14, None,
         None, None),
        ("bought together", "ADD-TV", "ADD-DATA", 0.05, 1.4, 60.0, "lines"),
    ):  # fmt: skip
        insert(
            connection,
            "ml.ml_unmet_need",
            {
                "need": need,
                "subject": subject,
                "other_subject": other,
                "lines": 60,
                "customers": 55,
                "base_lines": 400,
                "share": share,
                "low": share - 0.02,
                "high": share + 0.02,
                "size": size,
                "size_unit": unit,
                "lift": lift,
                "lift_low": None if lift is None else 1.1,
                "lift_high": None if lift is None else 1.8,
            },
        )
