-- What sources write for a clinician, and how sure that is. A text that may mean two people at one time means nobody.
with clinician as (
    select
        consultant_code,
        {{ written_clinician('consultant_code') }} as written_as,
        {{ written_clinician('clinician_name') }} as full_name,
        coalesce({{ name_initials(written_clinician('clinician_name')) }}, '') as initials
    from {{ ref('int_clinician') }}
),

-- A name without initials is all surname here: once trimmed, each way to write it is the name in full.
named as (
    select
        consultant_code,
        full_name,
        trim(initials) as initials,
        replace(initials, ' ', '') as joined_initials,
        substring(initials, 1, 1) as first_initial,
        substring(full_name, length(initials) + 1) as surname
    from clinician
    where full_name like '% %'
),

claim as (
    select
        written_as,
        consultant_code,
        'consultant code' as rule_id,
        'certain' as confidence,
        cast('{{ var("first_day") }}' as date) as valid_from_on,
        cast('{{ var("last_day") }}' as date) as valid_to_on
    from clinician

    union all

    -- GMC numbers have seven digits: written without the C they mean the same doctor.
    select
        substring(written_as, 2) as written_as,
        consultant_code,
        'GMC number' as rule_id,
        'certain' as confidence,
        cast('{{ var("first_day") }}' as date) as valid_from_on,
        cast('{{ var("last_day") }}' as date) as valid_to_on
    from clinician
    where written_as like 'C_______' and translate(substring(written_as, 2), '0123456789', '') = ''

    union all

    select
        {{ written_clinician('alias.alias') }} as written_as,
        alias.consultant_code,
        'alias: ' || alias.alias_type as rule_id,
        'declared' as confidence,
        alias.valid_from_on,
        max(coalesce(alias.valid_to_on, cast('{{ var("last_day") }}' as date))) as valid_to_on
    from {{ ref('stg_workforce__clinician_alias') }} as alias
    inner join clinician on alias.consultant_code = clinician.consultant_code
    group by {{ written_clinician('alias.alias') }}, alias.consultant_code, alias.alias_type, alias.valid_from_on

    {% for text in [
        'full_name',
        "joined_initials || ' ' || surname",
        "surname || ' ' || initials",
        "surname || ' ' || joined_initials",
        "first_initial || ' ' || surname",
        "surname || ' ' || first_initial",
    ] -%}
    union

    select
        trim({{ text }}) as written_as,
        consultant_code,
        'name' as rule_id,
        'inferred' as confidence,
        cast('{{ var("first_day") }}' as date) as valid_from_on,
        cast('{{ var("last_day") }}' as date) as valid_to_on
    from named

    {% endfor -%}
),

-- A consultant code means its owner, whatever else is claimed of it.
disputed as (
    select distinct
        claim.written_as,
        claim.consultant_code,
        claim.rule_id,
        claim.valid_from_on
    from claim
    inner join claim as rival
        on
            claim.written_as = rival.written_as
            and claim.consultant_code <> rival.consultant_code
            and claim.valid_from_on <= rival.valid_to_on
            and claim.valid_to_on >= rival.valid_from_on
            and (claim.rule_id <> 'consultant code' or rival.rule_id = 'consultant code')
)

select
    claim.written_as,
    claim.consultant_code,
    claim.rule_id,
    case when disputed.written_as is null then claim.confidence else 'ambiguous' end as confidence,
    claim.valid_from_on,
    claim.valid_to_on
from claim
left join disputed
    on
        claim.written_as = disputed.written_as
        and claim.consultant_code = disputed.consultant_code
        and claim.rule_id = disputed.rule_id
        and claim.valid_from_on = disputed.valid_from_on
where
    claim.written_as <> ''
    and claim.written_as not in {{ clinical_codes('default_consultant') }}
