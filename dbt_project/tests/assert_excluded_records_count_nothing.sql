-- A record is either counted, with a numerator, or left out for a reason, with nothing.
select
    measure_id,
    record_id
from {{ ref('measure_record') }}
where
    (exclusion_reason is null and numerator is null)
    or (exclusion_reason is not null and (numerator is not null or denominator is not null))
