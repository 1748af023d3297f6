"""Forty faults of data, as systems and hands make them: the gates must hold the run (promise 23).

A fault of raw is put into the last delivery of a feed, as if the source had sent it so; one of the
outputs into a mart or a score after it was made.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

_NEW = (
    "file_id in (select file_id from ops.file_ledger where feed = '{feed}' and extracted_at = "
    "(select max(extracted_at) from ops.file_ledger where feed = '{feed}'))"
)


@dataclass(frozen=True)
class Fault:
    """One fault: what is wrong, at which door it should be seen, and the SQL that makes it.

    Parameters
    ----------
    feed : str
        Feed whose last delivery is meant by {new}; empty for outputs.
    tables : tuple of str
        The tables it touches.
    home : str
        ``monthly`` delivers once a month, ``nightly`` every day of the last month.
    """

    name: str
    door: str
    tables: tuple[str, ...]
    sql: tuple[str, ...]
    feed: str = ""
    home: str = "monthly"

    def put_into(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Make the fault in an open warehouse; of raw, as a delivery nobody has judged yet.

        Raises
        ------
        ValueError
            When there is nothing to make it of: what was never made cannot be missed.
        """
        new = _NEW.format(feed=self.feed)
        changed = [
            connection.execute(statement.replace("{new}", new)).fetchone() for statement in self.sql
        ]
        if not sum(count for (count,) in filter(None, changed)):
            raise ValueError(f"{self.name}: this home holds nothing to make that fault of")
        if self.door == "arrivals":
            connection.execute(
                "delete from ops.delivery_profile where feed = ? and extracted_at = "
                "(select max(extracted_at) from ops.delivery_profile where feed = ?)",
                [self.feed, self.feed],
            )
            # The ledger counts what came, whatever was wrong with it.
            counts = " union all ".join(
                f"select file_id, count(*) as n from {table} group by all" for table in self.tables
            )
            connection.execute(
                "update ops.file_ledger set rows_loaded = coalesce(came.n, 0), "
                "rows_read = coalesce(came.n, 0) + rows_quarantined + rows_dropped from "
                f"(select file_id, sum(n)::bigint as n from ops.file_ledger left join ({counts}) "
                f"using (file_id) where {new} group by all) as came "
                "where came.file_id = file_ledger.file_id"
            )


def _raw(name: str, feed: str, table: str, *sql: str, home: str = "monthly") -> Fault:
    return Fault(name, "arrivals", (f"raw.{table}",), sql, feed, home)


def _made(name: str, table: str, *sql: str) -> Fault:
    return Fault(name, "outputs", (table,), sql)


FAULTS = (
    _raw("null keys in one row of twenty", "usage_daily", "usage",
         "update raw.usage set product_id = null where {new} and row_number % 20 = 0"),
    _raw("every payment twice in its file", "payments", "payment",
         "insert into raw.payment from raw.payment where {new}"),
    _raw("30 % of a night's usage is missing", "usage_daily", "usage",
         "delete from raw.usage where {new} and hash(product_id) % 10 < 3", home="nightly"),
    _raw("contacts of another month", "interactions", "interaction",
         "update raw.interaction set started_at = started_at - interval 1 month, "
         "ended_at = ended_at - interval 1 month where {new}"),
    _raw("customer and product swapped in tickets", "tickets", "trouble_ticket",
         "update raw.trouble_ticket set customer_id = product_id, product_id = customer_id "
         "where {new}"),
    _raw("payments with the sign flipped", "payments", "payment",
         "update raw.payment set amount = -amount where {new}"),
    _raw("usage in kilobytes instead of megabytes", "usage_daily", "usage",
         "update raw.usage set quantity = quantity * 1000 where {new}"),
    _raw("contacts five hours off", "interactions", "interaction",
         "update raw.interaction set started_at = started_at - interval 5 hour, "
         "ended_at = ended_at - interval 5 hour where {new}"),
    _raw("usage frozen at one value", "usage_daily", "usage",
         "update raw.usage set quantity = 100 where {new}"),
    _raw("subscription numbers cut off", "usage_daily", "usage",
         "update raw.usage set product_id = left(product_id, 6) where {new}"),
    _raw("a channel renamed", "interactions", "interaction",
         "update raw.interaction set channel = 'tel' where {new} and channel = (select channel "
         "from raw.interaction group by channel order by count(*) desc limit 1)"),
    _raw("bills of accounts nobody knows", "bills", "customer_bill",
         "update raw.customer_bill set account_id = 'X' || account_id where {new}"),
    Fault("every customer once more under another number", "arrivals",
          ("raw.customer", "raw.party"),
          ("insert into raw.party select * replace ('D' || party_id as party_id) from raw.party "
           "where {new}",
           "insert into raw.customer select * replace ('D' || customer_id as customer_id, "
           "'D' || party_id as party_id) from raw.customer where {new}"),
          "customers"),
    _raw("usage zeroed", "usage_daily", "usage",
         "update raw.usage set quantity = 0 where {new}"),
    _raw("payments of next year", "payments", "payment",
         "update raw.payment set paid_at = paid_at + interval 1 year where {new}"),
    _raw("half of the bills in another currency", "bills", "customer_bill",
         "update raw.customer_bill set currency = 'USD' where {new} and hash(bill_id) % 2 = 0"),
    _raw("a state nobody agreed on", "products", "product",
         "update raw.product set status = 'live' where {new} and status = 'active'"),
    _raw("customers missing from contacts", "interactions", "interaction",
         "update raw.interaction set customer_id = null where {new}"),
    _raw("subscriptions since 1826", "products", "product",
         "update raw.product set started_at = started_at - interval 200 year where {new}"),
    _raw("problems over before they began", "problems", "service_problem",
         "update raw.service_problem set restored_at = started_at - interval 1 day "
         "where {new} and restored_at is not null"),
    _raw("bill lines in cents", "bill_lines", "applied_billing_rate",
         "update raw.applied_billing_rate set amount_ex_tax = amount_ex_tax * 100 where {new}"),
    _raw("an empty night of measurements", "cells_busy_hour", "performance_measurement",
         "delete from raw.performance_measurement where {new}", home="nightly"),
    _raw("30 % of the bills are missing", "bills", "customer_bill",
         "delete from raw.customer_bill where {new} and hash(bill_id) % 10 < 3"),
    _raw("survey answers on a scale to a hundred", "surveys", "survey_response",
         "update raw.survey_response set score = score * 10 where {new}"),
    _made("a metric twice", "marts.metric_value",
          "insert into marts.metric_value from marts.metric_value limit 1"),
    _made("30 % of the bills lost on the way", "marts.fct_bill",
          "delete from marts.fct_bill where hash(bill_id) % 10 < 3"),
    _made("tickets without a number", "marts.fct_ticket",
          "update marts.fct_ticket set ticket_id = null where hash(ticket_id) % 20 = 0"),
    _made("bills with the sign flipped", "marts.fct_bill",
          "update marts.fct_bill set amount = -amount"),
    _made("payments a thousand times as large", "marts.fct_payment",
          "update marts.fct_payment set amount = amount * 1000"),
    _made("scores of surveys one point up", "marts.fct_survey",
          "update marts.fct_survey set score = score + 1"),
    _made("a metric a hundred times as large", "marts.metric_value",
          "update marts.metric_value set value = value * 100 where metric_id = 'M33'"),
    _made("metrics dated a month on", "marts.metric_value",
          "update marts.metric_value set period_start = period_start + interval 1 month "
          "where period_grain = 'month'"),
    _made("30 % of the subscriptions lost", "marts.dim_subscription",
          "delete from marts.dim_subscription where hash(subscription_id) % 10 < 3"),
    _made("usage days zeroed", "marts.fct_usage_day",
          "update marts.fct_usage_day set quantity = 0"),
    _made("contacts of teams and reasons nobody knows", "marts.fct_interaction",
          "update marts.fct_interaction set reason_key = 'nobody' where reason_key is not null"),
    _made("an e-mail address as a place", "marts.dim_location",
          "update marts.dim_location set location_name = 'ann@example.org'"),
    _made("recommendations of products nobody sells", "ml.ml_recommendation",
          "update ml.ml_recommendation set offering_id = 'GONE'"),
    _made("an index frozen at a hundred", "marts.fct_cxi_day",
          "update marts.fct_cxi_day set cxi = 100"),
    _made("minutes of downtime below zero", "marts.fct_service_downtime",
          "update marts.fct_service_downtime set minutes = -minutes"),
    _made("orders done three hours later", "marts.fct_product_order",
          "update marts.fct_product_order set completed_at = completed_at + interval 3 hour"),
)  # fmt: skip
