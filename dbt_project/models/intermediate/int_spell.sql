-- Spells from their episodes: how they began, how they ended, who had them first, last and longest.
with ranked as (
    select
        spell_id,
        episode_number,
        patient_key,
        patient_classification_code,
        intended_management_code,
        admission_method_code,
        discharge_method_code,
        admitted_on,
        discharged_on,
        treatment_function_code,
        primary_diagnosis_code,
        secondary_diagnosis_count,
        has_cancer_code,
        row_number() over (partition by spell_id order by episode_number) as rank_first,
        row_number() over (partition by spell_id order by episode_number desc) as rank_last,
        -- days in the consultant's care; of episodes of one length the earlier one leads
        row_number() over (
            partition by spell_id
            order by
                {{ days_between('started_on', 'coalesce(ended_on, discharged_on, started_on)') }} desc,
                episode_number
        ) as rank_longest
    from {{ ref('int_episode') }}
),

spell as (
    select
        spell_id,
        max(patient_key) filter (where rank_first = 1) as patient_key,
        max(patient_classification_code) filter (where rank_first = 1) as patient_classification_code,
        max(intended_management_code) filter (where rank_first = 1) as intended_management_code,
        max(admission_method_code) filter (where rank_first = 1) as admission_method_code,
        max(discharge_method_code) filter (where rank_last = 1) as discharge_method_code,
        max(admitted_on) filter (where rank_first = 1) as admitted_on,
        max(discharged_on) filter (where rank_last = 1) as discharged_on,
        max(primary_diagnosis_code) filter (where rank_first = 1) as primary_diagnosis_code,
        max(secondary_diagnosis_count) filter (where rank_first = 1) as secondary_diagnosis_count,
        max(treatment_function_code) filter (where rank_first = 1) as first_treatment_function_code,
        max(treatment_function_code) filter (where rank_last = 1) as last_treatment_function_code,
        bool_or(has_cancer_code) as has_cancer_code,
        count(*) as episode_count,
        min(episode_number) as first_episode_number,
        max(episode_number) as last_episode_number,
        max(episode_number) filter (where rank_longest = 1) as longest_episode_number
    from ranked
    group by spell_id
)

select
    spell_id,
    patient_key,
    patient_classification_code,
    intended_management_code,
    admission_method_code,
    case
        when admission_method_code in {{ clinical_codes('elective_admission') }} then 'elective'
        when admission_method_code in {{ clinical_codes('emergency_admission') }} then 'emergency'
        else 'other'
    end as admission_type,
    discharge_method_code,
    admitted_on,
    discharged_on,
    discharged_on is not null
    and coalesce(discharge_method_code, '') not in {{ clinical_codes('not_finished') }} as is_finished,
    primary_diagnosis_code,
    secondary_diagnosis_count,
    first_treatment_function_code,
    last_treatment_function_code,
    first_episode_number,
    last_episode_number,
    longest_episode_number,
    has_cancer_code,
    episode_count,
    -- A gap in the numbers means that an episode was refused or never sent: what it says of the spell is not known.
    episode_count = last_episode_number as has_all_episodes
from spell
