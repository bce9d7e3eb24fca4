-- validation_coverage: records that who carries them has confirmed, of all that a clinician carries.
with candidate as (
    select
        record_type,
        record_id,
        org_unit_key,
        occurred_on,
        cast(null as {{ dbt.type_string() }}) as exclusion_reason,
        case when validation_state = 'confirmed' then 1 else 0 end as numerator,
        1 as denominator,
        concat_ws('', upper(left(validation_state, 1)), substr(validation_state, 2), '.') as evidence
    from {{ ref('int_validation') }}
)

{{ measure_rows(none, has_unit=true) }}
