-- Every row that should be linked has one outcome, and the published ledger holds each edge's rows.
select
    totals.edge,
    totals.eligible,
    totals.linked,
    systems.eligible as eligible_published,
    systems.linked as linked_published,
    systems.outcomes
from {{ ref('int_link_coverage') }} as totals
full outer join (
    select
        edge,
        sum(eligible) as eligible,
        sum(linked) as linked,
        sum(linked + low_confidence + ambiguous + orphans + nameless) as outcomes
    from {{ ref('link_coverage') }}
    group by edge
) as systems
    on totals.edge = systems.edge
where
    totals.linked + totals.ambiguous + totals.orphans > totals.eligible
    or totals.eligible is distinct from systems.eligible
    or totals.linked is distinct from systems.linked
    or totals.eligible is distinct from systems.outcomes
