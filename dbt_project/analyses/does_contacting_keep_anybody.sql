-- Analyst question: which ranking would have prevented most exits, against those held out by
-- chance, and is that more than a random order? Run it after `cx train`, which writes ml.ml_uplift.
select
    estimator,
    status,
    reason,
    1000 * max(value) filter (where measure = 'qini') as qini_per_1000,
    1000 * max(low) filter (where measure = 'qini') as qini_low,
    1000 * max(high) filter (where measure = 'qini') as qini_high,
    100 * max(value) filter (where measure = 'uplift_at_10') as top_tenth_pp,
    100 * max(value) filter (where measure = 'uplift_at_100') as everyone_pp,
    any_value(treated) as contacted,
    any_value(control) as held_out
from ml.ml_uplift
where estimator is distinct from 'balance'
group by estimator, status, reason
order by qini_per_1000 desc nulls last
