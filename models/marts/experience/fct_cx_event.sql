-- One row per bad experience of a subscription: something that fell short of its target.
-- quality is 1 at target and 0 at floor, whichever of the two is the higher number; what met its
-- target costs nothing and is left out.
with

measures as (

    select * from {{ ref('int_cx_measures') }}

),

parameters as (

    select * from {{ ref('cxi_parameters') }}
    where level = 'event' and parameter_version = {{ var('cxi_version') }}

),

judged as (

    select
        measures.*,
        parameters.domain,
        parameters.significance,
        greatest(0.0, least(1.0,
            (parameters.floor - measures.measure) / (parameters.floor - parameters.target)
        )) as quality
    from measures
    inner join parameters
        on measures.event_type = parameters.event_type
    where measures.measure is not null

)

select
    ---------- keys
    {{ surrogate_key([
        'event_type', 'subscription_id', 'source_system', 'evidence_type', 'evidence_id'
    ]) }} as cx_event_id,
    subscription_id,
    root_id,
    evidence_type,
    evidence_id,

    ---------- attributes
    domain,
    event_type,

    ---------- numbers
    measure,
    quality,
    significance,

    ---------- times
    occurred_at,
    known_at,

    ---------- lineage
    source_system
from judged
where quality < 1
