-- What inventory describes is in the closure; so is what only others name, which is in no inventory.
select resources.resource_id
from {{ ref('dim_resource') }} as resources
anti join {{ ref('bdg_resource_closure') }} as closure
    on
        resources.resource_id = closure.resource_id
        and closure.distance = 0
