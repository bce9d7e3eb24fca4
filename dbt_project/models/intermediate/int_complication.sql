-- Complications after an operation, as the outcome system recorded them.
select
    complication_id,
    spell_id,
    complication_on,
    complication_code,
    clavien_dindo_grade
from {{ ref('stg_outcome__complication') }}
