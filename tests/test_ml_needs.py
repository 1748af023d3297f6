"""Unmet needs are sized with intervals, of who agreed, and never about few customers."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import pytest

from ml.unmet_need_counts import BEYOND, HELD_TOGETHER, LEAVING, LEFT_PLANS, TOGETHER
from ml.unmet_needs import lifts, sized, wilson


def need(need: str, subject: str, other: str | None, customers: int, base: int = 200) -> dict:
    return {
        "need": need,
        "subject": subject,
        "other_subject": other,
        "lines": customers,
        "customers": customers,
        "base_lines": base,
        "base_customers": base,
        "subject_lines": 60.0 if need == TOGETHER else np.nan,
        "other_lines": 50.0 if need == TOGETHER else np.nan,
        "size": 2.0,
        "size_unit": "GB a month",
    }


def test_nothing_is_told_about_few_customers_nor_about_all_but_few():
    counted = pd.DataFrame(
        [
            need(BEYOND, "MINI", None, 30),
            need(BEYOND, "MAX", None, 9),
            need(BEYOND, "BIG", None, 195),
            need(BEYOND, "ALL", None, 200),
        ]
    )
    assert set(sized(counted, 10)["subject"]) == {"MINI", "ALL"}


def test_one_hidden_reason_alone_is_not_what_the_others_leave_over():
    reasons = [("port_out", 90), ("cancel_other", 60), ("move_out", 45), ("non_pay", 5)]
    counted = pd.DataFrame([need(LEAVING, "MINI", *each) for each in reasons])
    shown = set(sized(counted, 10)["other_subject"])
    assert shown == {"port_out", "cancel_other"}
    enough = pd.DataFrame(
        [need(LEAVING, "MINI", *each) for each in [*reasons[:2], ("move_out", 6), ("non_pay", 5)]]
    )
    assert set(sized(enough, 10)["other_subject"]) == {"port_out", "cancel_other"}


def test_lift_is_beside_chance_with_its_interval():
    told = sized(pd.DataFrame([need(TOGETHER, "TV", "SEC", 30)]), 10).iloc[0]
    assert told["lift"] == pytest.approx(30 * 200 / (60 * 50))
    assert 1 < told["lift_low"] < told["lift"] < told["lift_high"]
    assert "2.0 times as often" in told["told"]


def test_the_interval_of_a_lift_holds_the_truth_as_often_as_it_says():
    random = np.random.default_rng(7)
    cells = random.multinomial(1_000, [0.06, 0.14, 0.10, 0.70], size=600).astype(float)
    both = cells[:, 0]
    _, low, high = lifts(both, both + cells[:, 1], both + cells[:, 2], np.full(600, 1_000.0))
    truth = 0.06 / (0.20 * 0.16)
    assert 0.92 < ((low <= truth) & (truth <= high)).mean() < 0.98


def test_a_share_has_the_interval_of_wilson():
    low, high = wilson(np.array([0.0, 5.0, 50.0]), np.array([10.0, 50.0, 50.0]))
    assert low == pytest.approx([0, 0.04348, 0.92865], abs=1e-4)
    assert high == pytest.approx([0.27753, 0.21360, 1], abs=1e-4)


def test_a_pair_that_two_families_sell_is_told_once_by_all_their_lines():
    connection = duckdb.connect()
    connection.execute(
        """
        create schema features;
        create table features.preference_cohort as
        select n::varchar as subscription_id, date '2026-11-01' as as_of_date,
            (n // 2)::varchar as customer_id
        from range(60) as lines(n);
        create table features.preference_features as
        select subscription_id, as_of_date, if(n < 40, 'dsl', 'fiber') as family,
            'PLAN' as offering_id,
            case n % 4
                when 0 then ['PLAN', 'SEC', 'TV'] when 1 then ['PLAN', 'TV'] else ['PLAN']
            end as held_offering_ids
        from features.preference_cohort cross join (select subscription_id::integer as n)
        """
    )
    told = connection.execute(HELD_TOGETHER).df()
    assert told[["subject", "other_subject"]].to_numpy().tolist() == [["SEC", "TV"]]
    row = told.iloc[0]
    assert (row["lines"], row["base_lines"], row["subject_lines"]) == (15, 60, 15)
    assert (row["other_lines"], row["customers"]) == (30, 15)


def test_why_a_plan_was_left_is_told_of_who_agreed_and_not_of_whose_line_it_had_been():
    connection = duckdb.connect()
    connection.execute(
        """
        create schema features; create schema intermediate; create schema marts;
        create table intermediate.int_clock as select timestamp '2026-11-01' as as_of;
        create table features.preference_cohort as
        select n::varchar as subscription_id, date '2026-11-01' as as_of_date,
            'C' || n as customer_id
        from range(30) as lines(n);
        create table marts.dim_subscription as
        select subscription_id, 'C' || if(n < 10, n + 100, n) as customer_id, 'MINI' as offering_id,
            null::varchar as exit_cause, null::timestamp as ended_at,
            timestamp '2026-01-01' as valid_from
        from features.preference_cohort cross join (select subscription_id::integer as n)
        union all
        select subscription_id, customer_id, 'MAX', null, null, timestamp '2026-10-01'
        from features.preference_cohort;
        create table features.effect_events as
        select null::varchar as subscription_id, null::varchar as effect_kind,
            false as is_exposed, null::timestamp as felt_at
        where false
        """
    )
    told = connection.execute(LEFT_PLANS, {"days": 180}).df()
    assert told[["subject", "other_subject", "lines"]].to_numpy().tolist() == [
        ["MINI", "to MAX", 20]
    ]
