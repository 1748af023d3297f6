"""Who is held out of a month's lists by chance, drawn once and kept for good."""

from __future__ import annotations

import duckdb

from ml import registry


def draw_hold_outs(connection: duckdb.DuckDBPyConnection) -> int:
    """Hold customers out of each month's lists by chance; return the lines newly held out.

    A customer is held out with all its lines, by a digest of the salt, the month and its id: the
    same data and terms hold out the same ones. Who was held out of a month stays so.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        To the warehouse, for writing.
    """
    registry.create_tables(connection)
    before = connection.execute("select count(*) from ml.ml_hold_out").fetchall()[0][0]
    connection.execute("""
        insert into ml.ml_hold_out by name
        with members as (
            select distinct
                cast(date_trunc('month', cohort.as_of_date) as date) as campaign_month,
                cohort.subscription_id,
                cohort.customer_id
            from features.churn_cohort as cohort
            semi join features.churn_cutoffs as cutoffs
                on cohort.as_of_date = cutoffs.as_of_date
        ),
        -- A month goes on by the terms it began with, whatever became of them.
        begun as (
            select
                campaign_month,
                any_value(terms_version) as terms_version,
                any_value(hold_out_share) as hold_out_share,
                any_value(hold_out_salt) as hold_out_salt
            from ml.ml_hold_out
            group by campaign_month
        ),
        in_force as (
            select
                months.campaign_month,
                arg_max(terms.terms_version, terms.valid_from) as terms_version,
                arg_max(terms.hold_out_share, terms.valid_from) as hold_out_share,
                arg_max(terms.hold_out_salt, terms.valid_from) as hold_out_salt
            from (select distinct campaign_month from members) as months
            inner join features.uplift_terms as terms
                on months.campaign_month >= terms.valid_from
            where months.campaign_month not in (select campaign_month from begun)
            group by months.campaign_month
        ),
        terms as (
            select * from begun
            union all by name
            select * from in_force
        )
        select members.*, terms.* exclude (campaign_month)
        from members
        inner join terms
            on members.campaign_month = terms.campaign_month
        anti join ml.ml_hold_out as known
            on
                members.campaign_month = known.campaign_month
                and members.subscription_id = known.subscription_id
        where
            -- 52 bits of the digest, as a share of what they can be
            cast('0x' || left(sha256(concat_ws(
                '|', terms.hold_out_salt, members.campaign_month,
                coalesce(members.customer_id, members.subscription_id)
            )), 13) as bigint) / pow(2, 52) < terms.hold_out_share
        order by members.campaign_month, members.subscription_id
    """)
    return connection.execute("select count(*) from ml.ml_hold_out").fetchall()[0][0] - before
