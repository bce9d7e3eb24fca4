-- Which department runs a treatment function, and when: the first by code where two claim the same days.
select
    service.treatment_function_code,
    department.org_unit_key as department_key,
    department.org_unit_code as department_code,
    service.valid_from_on,
    service.valid_to_on
from {{ ref('stg_workforce__organisation_unit') }} as service
inner join {{ ref('int_organisation') }} as department
    on service.org_unit_code = department.org_unit_code and department.org_unit_level = 'department'
where service.org_unit_level = 'department' and service.treatment_function_code is not null
