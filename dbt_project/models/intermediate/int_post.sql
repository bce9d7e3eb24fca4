-- Posts with their holder, where the holder is a known clinician, and their department, where that is a known unit.
select
    post.post_id,
    clinician.clinician_key,
    clinician.consultant_code,
    clinician.grade as holder_grade,
    department.org_unit_key as department_key,
    post.post_share,
    post.valid_from_on,
    post.valid_to_on
from {{ ref('stg_workforce__post') }} as post
left join {{ ref('int_clinician') }} as clinician
    on post.consultant_code = clinician.consultant_code
left join {{ ref('int_organisation') }} as department
    on post.org_unit_code = department.org_unit_code and department.org_unit_level = 'department'
