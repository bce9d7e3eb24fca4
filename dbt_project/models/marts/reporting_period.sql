-- The days and months that this publication covers.
select
    data_from_on,
    data_to_on,
    first_month_on,
    last_month_on
from {{ ref('int_reporting_period') }}
