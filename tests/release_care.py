"""What the care desk reads, by hand, for the forty subscriptions of the tiny release."""

from __future__ import annotations

from datetime import date, datetime

import duckdb

from tests.release_fixture import insert

FILE = "00000000-0000-0000-0000-0000000000f1"


def add_care(connection: duckdb.DuckDBPyConnection) -> None:
    """Add numbers to find customers by, services, orders, bill parts, actions and evidence."""
    connection.execute(
        """
        insert into marts.bdg_customer_identifier by name
        select 'customer' as identifier_type, customer_id as identifier, customer_id
        from marts.dim_customer
        union all by name
        select 'subscription' as identifier_type, subscription_id as identifier, customer_id,
            subscription_id
        from marts.dim_subscription
        """
    )
    connection.execute(
        # S003 has no service: nothing of it can be seen.
        """
        insert into marts.bdg_subscription_service by name
        select subscription_id, replace(subscription_id, 'S', 'V') as service_id,
            timestamp '2025-03-01' as valid_from
        from marts.dim_subscription where subscription_id <> 'S003'
        """
    )
    insert(
        connection,
        "marts.bdg_customer_identifier",
        {
            "identifier_type": "order",
            "identifier": "R2",
            "customer_id": "C001",
            "subscription_id": "S001",
        },
        {"identifier_type": "ticket", "identifier": "T1", "customer_id": "C001"},
        {"identifier_type": "bill", "identifier": "B2", "customer_id": "C001"},
        # Two systems gave one number to two people.
        {"identifier_type": "ticket", "identifier": "T9", "customer_id": "C004"},
        {"identifier_type": "ticket", "identifier": "T9", "customer_id": "C005"},
    )
    _orders(connection)
    _bills(connection)
    _actions(connection)
    insert(
        connection,
        "marts.evidence_source",
        *(
            {
                "record_type": kind,
                "record_id": name,
                "through_type": kind,
                "through_id": name,
                "entity": entity,
                "source_system": "sim",
                "file_name": f"{entity}.csv",
                "row_number": 7,
                "is_current": True,
                "known_at": datetime(2026, 10, 31, 21),
            }
            for kind, name, entity in (
                ("problem", "P-OPEN", "service_problem"),
                ("order", "R2", "product_order"),
                ("bill", "B3", "customer_bill"),
            )
        ),
    )


def _orders(connection: duckdb.DuckDBPyConnection) -> None:
    moment = datetime(2026, 10, 30, 9)
    insert(
        connection,
        "marts.order_status",
        {
            "order_item_id": "R1",
            "customer_id": "C001",
            "subscription_id": "S001",
            "offering_id": "O2",
            "action": "add",
            "state": "completed",
            "stage": "in_work",
            "repromises": 0,
            "is_open": False,
            "is_late": True,
            "is_repromised": False,
            "ordered_at": datetime(2026, 8, 1),
            "first_promised_at": datetime(2026, 8, 2),
            "expected_at": datetime(2026, 8, 4),
            "completed_at": datetime(2026, 8, 4),
        },
        # Held until a repair, promised twice.
        {
            "order_item_id": "R2",
            "customer_id": "C001",
            "subscription_id": "S001",
            "offering_id": "O2",
            "action": "move",
            "state": "held",
            "stage": "on_hold",
            "team_name": "Field force",
            "waits_for": "waits_for_repair",
            "repromise_reason": "capacity",
            "repromises": 1,
            "is_open": True,
            "is_repromised": True,
            "ordered_at": datetime(2026, 10, 20),
            "stage_since": moment,
            "first_promised_at": datetime(2026, 10, 29, 18),
            "promised_at": datetime(2026, 11, 5, 18),
            "expected_at": datetime(2026, 11, 5, 18),
        },
        # Late, and nobody gave a new date.
        {
            "order_item_id": "R3",
            "customer_id": "C004",
            "subscription_id": "S004",
            "action": "add",
            "state": "inProgress",
            "stage": "in_work",
            "repromises": 0,
            "is_open": True,
            "ordered_at": datetime(2026, 10, 1),
            "stage_since": moment,
            "first_promised_at": datetime(2026, 10, 9),
            "promised_at": datetime(2026, 10, 9),
        },
    )
    insert(
        connection,
        "marts.fct_order_event",
        {
            "service_order_event_id": "e1",
            "order_item_id": "R2",
            "event_type": "repromise",
            "reason": "capacity",
            "occurred_at": moment,
            "previous_promised_at": datetime(2026, 10, 29, 18),
            "promised_at": datetime(2026, 11, 5, 18),
        },
        # Of another shop's order with the same number.
        {
            "service_order_event_id": "e1",
            "order_item_id": "R2",
            "order_source_system": "other",
            "event_type": "repromise",
            "reason": "weather",
            "occurred_at": moment,
            "promised_at": datetime(2026, 12, 24, 18),
        },
    )


def _bills(connection: duckdb.DuckDBPyConnection) -> None:
    """95.00 against 30.00: usage 54.00, tax 10.80, and 20 cents that no line explains."""
    parts = [
        ("B2", "charge", "S001", "recurring", "unchanged", 25, 25),
        ("B2", "tax", None, None, "tax", 5, 5),
        ("B3", "charge", "S001", "recurring", "unchanged", 25, 25),
        ("B3", "charge", "S001", "usage", "usage", 54, 0),
        ("B3", "tax", None, None, "tax", 15.8, 5),
        ("B3", "unexplained", None, None, "unexplained", 0.2, 0),
    ]
    insert(
        connection,
        "marts.bill_difference",
        *(
            {
                "bill_id": bill,
                "customer_id": "C001",
                "product_id": product,
                "subscription_id": product,
                "offering_id": "O2" if product else None,
                "part": part,
                "charge_type": charge_type,
                "cause": cause,
                "amount": amount,
                "previous_amount": before,
                "difference": amount - before,
                "is_part_period": False,
                "source_system": "sim",
            }
            for bill, part, product, charge_type, cause, amount, before in parts
        ),
    )
    insert(
        connection,
        "marts.fct_bill_line",
        {
            "rate_id": "L1",
            "bill_id": "B3",
            "customer_id": "C001",
            "product_id": "S001",
            "charge_type": "usage",
            "amount_ex_tax": 54,
            "amount_tax": 10.8,
            "file_id": FILE,
            "row_number": 12,
            "source_system": "sim",
        },
    )
    insert(
        connection,
        "marts.fct_payment",
        {
            "movement_id": "J1",
            "customer_id": "C001",
            "subscription_id": "S001",
            "bill_id": "B3",
            "payment_type": "dispute",
            "source_type": "dispute",
            "amount": 54,
            "occurred_at": datetime(2026, 10, 30, 12),
            "file_id": FILE,
            "row_number": 3,
            "source_system": "sim",
        },
    )
    # A bill with none before it, and one whose lines were not delivered.
    for bill, before, amount in (("D1", None, 20), ("D2", "D1", 25)):
        insert(
            connection,
            "marts.fct_bill",
            {
                "bill_id": bill,
                "previous_bill_id": before,
                "account_id": "A004",
                "customer_id": "C004",
                "currency": "EUR",
                "amount": amount,
                "previous_amount": 20 if before else None,
                "is_shock": False,
                "billed_at": datetime(2026, 10 if before else 9, 5),
                "previous_billed_at": datetime(2026, 9, 5) if before else None,
                "source_system": "sim",
            },
        )
    insert(
        connection,
        "marts.bill_difference",
        {
            "bill_id": "D2",
            "customer_id": "C004",
            "part": "unexplained",
            "cause": "unexplained",
            "amount": 25,
            "previous_amount": 20,
            "difference": 5,
            "is_part_period": False,
            "source_system": "sim",
        },
    )


def _actions(connection: duckdb.DuckDBPyConnection) -> None:
    for action, name, name_ru in (
        ("offer", "Offer a product", "Предложить продукт"),
        ("do_nothing", "Do nothing", "Ничего не делать"),
    ):
        insert(
            connection,
            "marts.dim_action",
            {
                "action_key": f"a-{action}",
                "action_id": action,
                "action_name": name,
                "action_name_ru": name_ru,
                "is_contact": action == "offer",
                "is_current": True,
            },
        )
    shared = {"as_of_date": date(2026, 11, 1), "currency": "EUR"}
    offered = {
        "offering_name": "Extra data",
        "value": 3.79,
        "value_low": 3.04,
        "value_high": 4.54,
        "reason": "Likely to want Extra data.",
        "reason_ru": "Вероятно, захочет «Extra data».",
    }
    nothing = {
        "value": 0.0,
        "reason": "Nothing is known that calls for an action.",
        "reason_ru": "Нет повода что-либо делать.",
    }
    insert(
        connection,
        "ml.ml_action",
        {
            "subscription_id": "S001",
            "action_id": "offer",
            "channel": "chat",
            "day_part": "evening",
            **offered,
            **shared,
        },
        {"subscription_id": "S004", "action_id": "do_nothing", **nothing, **shared},
        # Drawn by chance to get nothing, so that the offer's effect can be measured.
        {
            "subscription_id": "S005",
            "action_id": "do_nothing",
            "is_held_out": True,
            "withheld_action_id": "offer",
            **nothing,
            **shared,
        },
    )
    insert(
        connection,
        "ml.ml_action_option",
        {
            "subscription_id": "S001",
            "action_id": "offer",
            "is_chosen": True,
            "effect_source": "assumption",
            **offered,
            **shared,
        },
    )
    insert(
        connection,
        "ml.ml_value",
        {
            "subscription_id": "S001",
            "as_of_date": date(2026, 11, 1),
            "horizon_months": 36,
            "monthly_margin": 13.0,
            "expected_lifetime_months": 26.7,
            "clv": 305.3,
            "clv_low": 293.3,
            "clv_high": 317.3,
            "currency": "EUR",
        },
    )
    for purpose, is_granted in (("marketing", True), ("profiling", False)):
        insert(
            connection,
            "marts.fct_consent",
            {
                "consent_key": f"c-{purpose}",
                "customer_id": "C001",
                "purpose": purpose,
                "is_granted": is_granted,
                "is_current": True,
                "valid_from": datetime(2026, 1, 5),
            },
        )
