-- Whom a code or name means, as each source writes it, on the days on which that is sure.
with code as (
    {%- for model, columns in {
        'int_episode': ['consultant_code'],
        'int_waiting_list_entry': ['consultant_code'],
        'int_attendance': ['consultant_code'],
        'int_clinic_session': ['consultant_code'],
        'int_rtt_pathway': ['consultant_code'],
        'int_theatre_list': ['list_owner_code'],
        'int_theatre_case': ['operating_surgeon_code', 'supervising_consultant_code', 'anaesthetist_code'],
    }.items() %}
    {%- set is_last_model = loop.last %}
    {%- for column in columns %}
    select {{ column }} as written_code
    from {{ ref(model) }}
    {%- if not (loop.last and is_last_model) %}

    union
    {% endif %}
    {%- endfor %}
    {%- endfor %}
),

claim as (
    select
        code.written_code,
        identity.consultant_code,
        identity.valid_from_on,
        identity.valid_to_on,
        max(identity.valid_to_on) over (
            partition by code.written_code, identity.consultant_code
            order by identity.valid_from_on, identity.valid_to_on
            rows between unbounded preceding and 1 preceding
        ) as claimed_to_on
    from code
    inner join {{ ref('int_clinician_identity') }} as identity
        on {{ written_clinician('code.written_code') }} = identity.written_as
    where identity.confidence <> 'ambiguous'
),

-- Claims of one person that overlap are one period: on a day, a code has one row.
numbered as (
    select
        written_code,
        consultant_code,
        valid_from_on,
        valid_to_on,
        sum(case when claimed_to_on >= valid_from_on then 0 else 1 end) over (
            partition by written_code, consultant_code
            order by valid_from_on, valid_to_on
            rows between unbounded preceding and current row
        ) as period_number
    from claim
)

select
    written_code,
    consultant_code,
    min(valid_from_on) as valid_from_on,
    max(valid_to_on) as valid_to_on
from numbered
group by written_code, consultant_code, period_number
