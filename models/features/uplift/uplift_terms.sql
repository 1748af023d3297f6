-- One row per version of the terms of a retention campaign, with the windows its risk, its uplift and
-- its values are told for.
select
    ---------- keys
    terms_version,
    valid_from,

    ---------- what it costs and brings
    contact_cost,
    offer_cost,
    acceptance_alpha,
    acceptance_beta,
    clv,
    currency,

    ---------- its limits
    most_contacts,
    budget,

    ---------- who is held out
    -- A smaller hold-out never tells whether contacting keeps anybody.
    greatest(hold_out_share, 0.05) as hold_out_share,
    hold_out_salt,

    ---------- windows
    {{ var('churn_horizon_days') }} as risk_days,
    {{ var('uplift_days') }} as uplift_days,
    {{ var('clv_horizon_months') }} as value_months
from {{ ref('campaign_terms') }}
