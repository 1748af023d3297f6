"""The tables of schema ml that tell what customers want and what is worth doing."""

from __future__ import annotations

DESK_TABLES = {
    "ml_action": """
        subscription_id varchar, as_of_date date, action_id varchar, offering_id varchar,
        offering_name varchar, problem_id varchar, value double, value_low double,
        value_high double, benefit double, cost double, exits_prevented double,
        contacts_prevented double, takes double, effect_source varchar, reason varchar,
        reason_ru varchar, is_held_out boolean, withheld_action_id varchar, best_action_id varchar,
        best_value double, limited_by varchar, channel varchar, day_part varchar,
        terms_version integer, currency varchar
    """,
    "ml_action_option": """
        subscription_id varchar, as_of_date date, action_id varchar, offering_id varchar,
        offering_name varchar, problem_id varchar, value double, value_low double,
        value_high double, benefit double, cost double, exits_prevented double,
        contacts_prevented double, takes double, effect_source varchar, reason varchar,
        reason_ru varchar, is_chosen boolean, currency varchar
    """,
    "ml_action_plan": """
        as_of_date date, action_id varchar, options bigint, worth_doing bigint, chosen bigint,
        withheld bigint, recommended bigint, customers bigint, value double, value_low double,
        value_high double, benefit double, cost double, used double, most double, price double,
        method varchar, gap double, budget double, budget_used double, budget_price double,
        terms_version integer, currency varchar
    """,
    "ml_work_list": """
        place bigint, subscription_id varchar, as_of_date date, customer_id varchar,
        action_id varchar, offering_id varchar, offering_name varchar, problem_id varchar,
        value double, value_low double, value_high double, cost double, exits_prevented double,
        contacts_prevented double, takes double, effect_source varchar, reason varchar,
        reason_ru varchar, channel varchar, day_part varchar, risk double, clv double,
        region varchar, segment varchar, family varchar, plan_name varchar,
        is_contact boolean, needs_consent boolean, is_marketing_agreed boolean,
        is_profiling_agreed boolean, approaches_lately bigint, most_contacts integer,
        fatigue_days integer, currency varchar
    """,
    "ml_action_curve": """
        as_of_date date, dimension varchar, dimension_value varchar, action_id varchar,
        lines bigint, customers bigint, value double, value_low double, value_high double,
        exits_prevented double, exits_low double, exits_high double, contacts_prevented double,
        takes double, cost double, currency varchar
    """,
    "ml_action_risk": """
        as_of_date date, dimension varchar, dimension_value varchar, risk_from double,
        risk_to double, lines bigint, customers bigint, exits_prevented double, exits_low double,
        exits_high double, currency varchar
    """,
    "ml_action_idle": """
        as_of_date date, dimension varchar, dimension_value varchar, why varchar, lines bigint,
        customers bigint, best_value double, currency varchar
    """,
    # Kept from run to run, so that next month's effect is measured: warehouse only.
    "ml_action_history": """
        campaign_month date, subscription_id varchar, customer_id varchar, action_id varchar,
        offering_id varchar, given_on date, is_held_out boolean, has_hold_out boolean,
        exits_prevented double, contacts_prevented double, takes double, cost double, load double
    """,
    "ml_action_outcome": """
        campaign_month date, subscription_id varchar, action_id varchar, given_on date, arm varchar,
        exits_foretold double, contacts_foretold double, takes_foretold double, has_left boolean,
        contacts bigint, has_taken boolean, exits_due date, contacts_due date, takes_due date
    """,
    "ml_action_effect": """
        action_id varchar, outcome varchar, status varchar, reason varchar, lines_done bigint,
        lines_held_out bigint, rate_done double, rate_held_out double, measured double, low double,
        high double, foretold double, scale double, scale_low double, scale_high double,
        first_known_on date, enough_known_on date
    """,
    "ml_segment": """
        as_of_date date, segment_id varchar, model_id varchar, segment_name varchar,
        segment_name_ru varchar, lines bigint, customers bigint, share double,
        segments integer, stability_over_draws double, stability_over_months double,
        mean_risk double, mean_clv double
    """,
    "ml_segment_trait": """
        segment_id varchar, model_id varchar, trait_rank integer, feature varchar, gap double,
        segment_mean double, other_mean double, sentence varchar, sentence_ru varchar
    """,
    "ml_segment_member": """
        subscription_id varchar, as_of_date date, segment_id varchar, model_id varchar
    """,
    "ml_segment_move": """
        from_date date, to_date date, from_segment_id varchar, to_segment_id varchar, lines bigint,
        share double, customers bigint
    """,
    "ml_segment_profile": """
        as_of_date date, segment_id varchar, model_id varchar, kind varchar, subject varchar,
        choice varchar, customers bigint, evidence double, value double, low double, high double,
        base_value double, difference double, difference_low double, difference_high double
    """,
    "ml_segment_choice": """
        model_id varchar, segments integer, over_draws double, over_months double,
        is_chosen boolean
    """,
    "ml_what_if": """
        scenario varchar, outcome varchar, effect_kind varchar, change double, change_unit varchar,
        events bigint, dose_now double, dose_changed double, share_changed double,
        effect double, effect_low double, effect_high double, amount double, amount_low double,
        amount_high double, currency varchar, days_seen integer, is_extrapolated boolean,
        warning varchar, status varchar
    """,
    "ml_unmet_need": """
        need varchar, subject varchar, other_subject varchar, lines bigint, customers bigint,
        base_lines bigint, share double, low double, high double, size double, size_unit varchar,
        lift double, lift_low double, lift_high double, told varchar, told_ru varchar
    """,
}
