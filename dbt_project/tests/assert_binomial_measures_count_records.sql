-- Limits of a binomial measure stand on records that count 0 or 1 of 1: no other may say that it is one.
select
    record.measure_id,
    record.record_id
from {{ ref('measure_record') }} as record
inner join {{ ref('dim_measure') }} as measure on record.measure_id = measure.measure_id
where
    measure.method = 'binomial'
    and record.exclusion_reason is null
    and not (record.denominator = 1 and record.numerator in (0, 1))
