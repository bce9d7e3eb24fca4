-- Trust, divisions and departments: each once, as last described.
with latest as (
    select
        org_unit_code,
        org_unit_level,
        org_unit_name,
        row_number() over (partition by org_unit_code order by valid_from_on desc) as recency,
        min(valid_from_on) over (partition by org_unit_code) as valid_from_on,
        -- a unit with any open period is open
        case
            when
                count(*) over (partition by org_unit_code) = count(valid_to_on) over (partition by org_unit_code)
                then max(valid_to_on) over (partition by org_unit_code)
        end as valid_to_on
    from {{ ref('stg_workforce__organisation_unit') }}
)

select
    org_unit_level || ':' || org_unit_code as org_unit_key,
    org_unit_code,
    org_unit_level,
    org_unit_name,
    valid_from_on,
    valid_to_on
from latest
where recency = 1
