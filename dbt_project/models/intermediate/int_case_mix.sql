-- What a patient brought along: the factors from which the outcome of a spell is expected, in few levels each.
{#- A diagnosis or procedure of fewer spells is told by its chapter. #}
{%- set fewest_spells = 100 %}
with spell as (
    select
        spell_id,
        patient_key,
        admission_type,
        admitted_on,
        first_episode_number,
        upper(substring(primary_diagnosis_code, 1, 3)) as diagnosis_category
    from {{ ref('int_spell') }}
),

-- The first procedure that is coded: the one for which the patient came, or the first that was needed.
procedure as (
    select
        spell_id,
        upper(substring(primary_procedure_code, 1, 3)) as procedure_category,
        row_number() over (partition by spell_id order by episode_number) as rank_first
    from {{ ref('int_episode') }}
    where primary_procedure_code is not null
),

described as (
    select
        spell.spell_id,
        spell.admission_type,
        spell.diagnosis_category,
        procedure.procedure_category,
        extract(month from spell.admitted_on) as admission_month,
        patient.sex_code,
        patient.deprivation_decile,
        extract(year from spell.admitted_on) - extract(year from patient.birth_on)
        - case
            when
                extract(month from spell.admitted_on) * 100 + extract(day from spell.admitted_on)
                < extract(month from patient.birth_on) * 100 + extract(day from patient.birth_on)
                then 1
            else 0
        end as age_years,
        {{ charlson_index('episode.secondary_diagnosis_codes') }} as charlson_index,
        count(*) over (partition by spell.diagnosis_category) as diagnosis_spell_count,
        count(*) over (partition by procedure.procedure_category) as procedure_spell_count
    from spell
    inner join {{ ref('int_episode') }} as episode
        on spell.spell_id = episode.spell_id and spell.first_episode_number = episode.episode_number
    left join {{ ref('int_patient') }} as patient on spell.patient_key = patient.patient_key
    left join procedure on spell.spell_id = procedure.spell_id and procedure.rank_first = 1
)

select
    spell_id,
    case
        when age_years is null or age_years < 0 then 'not known'
        when age_years < 18 then '0-17'
        when age_years < 40 then '18-39'
        when age_years < 50 then '40-49'
        when age_years < 60 then '50-59'
        when age_years < 70 then '60-69'
        when age_years < 75 then '70-74'
        when age_years < 80 then '75-79'
        when age_years < 85 then '80-84'
        when age_years < 90 then '85-89'
        else '90 and over'
    end as age_band,
    case sex_code when '1' then 'male' when '2' then 'female' else 'not known' end as sex,
    admission_type,
    coalesce(
        case
            when diagnosis_spell_count >= {{ fewest_spells }} then diagnosis_category
            else substring(diagnosis_category, 1, 1) || ' (other)'
        end,
        'not known'
    ) as diagnosis_group,
    coalesce(
        case
            when procedure_spell_count >= {{ fewest_spells }} then procedure_category
            else substring(procedure_category, 1, 1) || ' (other)'
        end,
        'none'
    ) as procedure_group,
    case
        when charlson_index <= 2 then cast(charlson_index as {{ dbt.type_string() }})
        when charlson_index <= 4 then '3-4'
        else '5 and over'
    end as charlson_band,
    case
        when deprivation_decile between 1 and 10
            then cast((deprivation_decile + 1) / 2 as {{ dbt.type_string() }})
        else 'not known'
    end as deprivation_fifth,
    case
        when admission_month < 10 then '0' || cast(cast(admission_month as integer) as {{ dbt.type_string() }})
        else cast(cast(admission_month as integer) as {{ dbt.type_string() }})
    end as admission_month
from described
