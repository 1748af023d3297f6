-- Analyst question: what do we not see because rows find no partner, and what would mend most of it
-- at the source? Worst first: by rows a fix would win, over the edges that miss some.
select
    edge,
    source_system,
    eligible,
    coverage,
    ambiguous,
    orphans,
    nameless,
    low_confidence,
    fix_rows,
    fix_rows / eligible as coverage_won,
    likely_fix
from {{ ref('link_coverage') }}
where fix <> 'none'
order by fix_rows desc, edge, source_system
