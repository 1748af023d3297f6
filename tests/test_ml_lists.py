"""Whom pages list first is kept for every part of a base, and told as it is now."""

from __future__ import annotations

import duckdb
import pytest

from ml import lists, registry

DAY = "2026-11-01"
# What a page lists: of all, of a region, a segment, a product family, a contract; and of one of
# these to whom sees one region.
PARTS = (
    "true",
    "region = 'North'",
    "region is null",
    "segment = 'gold'",
    "family = 'tv'",
    "contract_type is null",
    "region = 'North' and family = 'tv'",
    "region = 'South' and contract_type = 'monthly'",
)


@pytest.fixture
def base():
    """Sixty lines of three regions (one unknown) and two segments; each third scored alike."""
    connection = duckdb.connect()
    registry.create_tables(connection)
    connection.execute(
        f"""
        create schema marts;
        create table marts.dim_subscription as
        select
            'S' || lpad(n::varchar, 2, '0') as subscription_id,
            'C' || n as customer_id,
            true as is_current,
            if(n = 3, null, 'Plan') as offering_name,
            if(n < 12, 'tv', 'mobile') as family,
            if(n < 9, null, 'monthly') as contract_type,
            ['North', 'South', null][n % 3 + 1] as region,
            ['gold', 'mass'][(n // 3) % 2 + 1] as segment,
            9.5::decimal(18, 2) as monthly_charge
        from range(60) as numbers(n);
        create table marts.fct_consent as
        select customer_id, 'marketing' as purpose, customer_id <> 'C59' as is_granted,
            true as is_current
        from marts.dim_subscription;
        insert into ml.ml_score by name
        select subscription_id, date '{DAY}' as as_of_date, 'churn' as target,
            (right(subscription_id, 2)::int // 3) / 100 as score, 0.05 as base_rate,
            60 - right(subscription_id, 2)::int as score_rank
        from marts.dim_subscription
        union all by name
        select 'S00' as subscription_id, date '2026-10-01' as as_of_date, 'churn' as target,
            0.99 as score;
        insert into ml.ml_score_reason by name
        select subscription_id, as_of_date, 'churn' as target, rank as reason_rank,
            if(rank = 2, 'lowers', 'raises') as direction, 'reason ' || rank as sentence,
            'причина ' || rank as sentence_ru
        from ml.ml_score, range(1, 4) as ranks(rank);
        insert into ml.ml_uplift_score by name
        select subscription_id, as_of_date, score as risk, subscription_id = 'S58' as is_held_out,
            if(subscription_id in ('S57', 'S58'), null, score_rank) as profit_rank
        from ml.ml_score where as_of_date = '{DAY}'
        """
    )
    return connection


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize(
    ("name", "everybody", "order"),
    [
        (
            "ml_risk_list",
            f"ml.ml_score as s left join marts.dim_subscription using (subscription_id) "
            f"where as_of_date = '{DAY}' and",
            "score desc, subscription_id",
        ),
        (
            "ml_target_list",
            "ml.ml_uplift_score left join marts.dim_subscription using (subscription_id) "
            "where profit_rank is not null and not is_held_out and",
            "profit_rank",
        ),
    ],
)
def test_the_first_of_every_part_are_those_of_the_whole_base(
    base, monkeypatch, name, everybody, order, part
):
    monkeypatch.setattr(lists, "RISKS", 2)
    monkeypatch.setattr(lists, "TARGETS", 2)
    lists.write_lists(base)
    first = "select subscription_id from {} {} order by {} limit 2"
    kept = base.execute(first.format(f"ml.{name}", f"where {part}", order)).fetchall()
    assert kept == base.execute(first.format(everybody, part, order)).fetchall()
    assert len(kept) == 2
    # No more than the first of six regions and segments by two families and by two contracts.
    assert base.execute(f"select count(*) from ml.{name}").fetchone()[0] <= 2 * 6 * (2 + 2)


def test_each_is_told_with_the_reasons_that_raise_the_risk_in_their_order(base):
    lists.write_lists(base)
    told = base.execute(
        "select distinct sentences_en, sentences_ru from ml.ml_risk_list"
    ).fetchall()
    assert told == [(["reason 1", "reason 3"], ["причина 1", "причина 3"])]


def test_who_may_be_contacted_is_told_as_it_is_now_though_nobody_was_scored_anew(base):
    contacted = "select count(*) from ml.{} where may_be_contacted"
    before = lists.write_lists(base)
    assert before == {"ml_risk_list": 60, "ml_target_list": 58}
    assert base.execute(contacted.format("ml_risk_list")).fetchone() == (59,)
    base.execute("update marts.fct_consent set is_granted = false where customer_id = 'C8'")
    assert lists.write_lists(base) == before
    assert base.execute(contacted.format("ml_risk_list")).fetchone() == (58,)
    base.execute("delete from marts.fct_consent")
    lists.write_lists(base)
    assert base.execute(contacted.format("ml_risk_list")).fetchone() == (60,)
