"""In which order a release keeps its rows, so that one customer's are found without reading all.

DuckDB keeps the least and the most of each column for every 122,880 rows. Where a table is sorted
by what is looked up, a look-up reads one such group, however long the table is.
"""

from __future__ import annotations

BY_CUSTOMER = (
    "dim_subscription",
    "fct_bill",
    "fct_bill_line",
    "fct_consent",
    "fct_interaction",
    "fct_notice",
    "fct_payment",
    "fct_port_request",
    "fct_service_impact",
    "fct_subscription_event",
    "fct_survey",
    "fct_ticket",
    "fct_visit",
    "order_status",
)
BY_SUBSCRIPTION = (
    "bdg_subscription_service",
    "cxi_points",
    "fct_cx_event",
    "fct_cxi_day",
    "ml_action",
    "ml_action_option",
    "ml_recommendation",
    "ml_score",
    "ml_score_reason",
    "ml_value",
)
ORDER = (
    dict.fromkeys(BY_CUSTOMER, "customer_id")
    | dict.fromkeys(BY_SUBSCRIPTION, "subscription_id")
    | {
        "bdg_customer_identifier": "identifier",
        "bdg_record_source": "record_id",
        "bdg_resource_closure": "resource_id",
        "bdg_service_resource": "service_id",
        "cohort_line": "cohort_month, subscription_id",
        "fct_order_event": "order_item_id",
        "moment_list": "journey_type, stage, month_start, minutes desc, journey_id",
    }
)


def in_order(table: str, selected: str) -> str:
    """Return a select of a table's rows with the order they are kept in, if there is one."""
    return f"{selected} order by {ORDER[table]}" if table in ORDER else selected
