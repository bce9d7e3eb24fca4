"""Served tables of a trust with two clinicians, a count, a proportion and a department's local count, with no fault."""

import psycopg

SCHEMA = "marts_next"

_TABLES = """
drop schema if exists marts_next cascade;
create schema marts_next;
drop table if exists marts.performance;
set search_path to marts_next;
create table dim_org_unit (
    org_unit_key text, org_unit_level text, org_unit_name text, valid_from_on date, valid_to_on date);
create table bridge_org_unit (
    ancestor_org_unit_key text, org_unit_key text, depth integer, valid_from_on date, valid_to_on date);
create table dim_clinician (clinician_key text, clinician_name text);
create table dim_measure (
    measure_id text, unit text, scope_org_unit_key text, minimum_denominator integer, case_mix_model text);
create table measure_record (
    measure_id text, record_type text, record_id text, org_unit_key text, month_on date, occurred_on date,
    numerator numeric, denominator numeric, exclusion_reason text, evidence text);
create table performance (
    org_unit_key text, measure_id text, month_on date, numerator numeric, denominator numeric, value numeric,
    numerator_12m numeric, denominator_12m numeric, value_12m numeric, record_count bigint, record_count_12m bigint);
create table performance_outside (
    org_unit_key text, measure_id text, month_on date, is_suppressed boolean, numerator numeric, denominator numeric,
    value numeric, record_count bigint, is_suppressed_12m boolean, numerator_12m numeric, denominator_12m numeric,
    value_12m numeric, record_count_12m bigint);
create table record_expected (
    measure_id text, record_id text, org_unit_key text, occurred_on date, expected double precision, factors text);
create table case_mix_model (measure_id text, is_drifting boolean, drift_reason text);
create table performance_statistic (
    org_unit_key text, measure_id text, month_on date, audience text, n bigint, trend_lower double precision,
    trend_upper double precision, trend_rule text, expected_12m double precision, comparison_value double precision,
    z double precision, lower_95 double precision, upper_95 double precision, lower_998 double precision,
    upper_998 double precision, reliability double precision, estimate double precision,
    estimate_lower double precision, estimate_upper double precision, state text, state_reason text);
create table access_grant (user_name text, org_unit_key text, org_unit_level text, grant_reason text);
create table person (user_name text, person_name text, leadership_level text);
insert into dim_org_unit values
('trust:RXX', 'trust', 'Trust', '2020-01-01', null),
('department:DEP1', 'department', 'General surgery', '2020-01-01', null),
('post:P1', 'clinician', 'Dr One', '2020-01-01', null),
('post:P2', 'clinician', 'Dr Two', '2020-01-01', null);
insert into bridge_org_unit
select ancestor, leaf, 1, '2020-01-01', null
from unnest(array['trust:RXX', 'department:DEP1']) as ancestor, unnest(array['post:P1', 'post:P2']) as leaf;
insert into dim_clinician values ('k1', 'Dr One'), ('k2', 'Dr Two');
insert into dim_measure values
('finished_spells', 'count', null, 0, null), ('dna_rate', 'proportion', null, 10, 'logistic'),
('local_count', 'count', 'department:DEP1', 0, null);
insert into measure_record
select
    measure, 'spell', measure || leaf || number, leaf, '2026-04-01', '2026-04-08',
    case when measure = 'dna_rate' and number > 5 then 0 else 1 end,
    case when measure = 'dna_rate' then 1 end, null, 'Method of discharge 1.'
from
    unnest(array['finished_spells', 'dna_rate', 'local_count']) as measure, unnest(array['post:P1', 'post:P2']) as leaf,
    generate_series(1, 20) as number;
insert into performance
select
    unit.key, record.measure_id, '2026-04-01', sum(record.numerator), sum(record.denominator),
    case when sum(record.denominator) is null then sum(record.numerator)
    else sum(record.numerator) / sum(record.denominator) end,
    sum(record.numerator), sum(record.denominator),
    case when sum(record.denominator) is null then sum(record.numerator)
    else sum(record.numerator) / sum(record.denominator) end,
    count(*), count(*)
from measure_record as record
cross join lateral unnest(array['trust:RXX', 'department:DEP1', record.org_unit_key]) as unit (key)
where not (record.measure_id = 'local_count' and unit.key like 'trust:%')
group by unit.key, record.measure_id;
insert into performance_outside
select
    org_unit_key, measure_id, month_on, false, numerator, denominator, value, record_count, false, numerator_12m,
    denominator_12m, value_12m, record_count_12m
from performance
where org_unit_key like 'department:%';
insert into record_expected
select measure_id, record_id, org_unit_key, occurred_on, 0.25, 'Average 0.25.'
from measure_record where measure_id = 'dna_rate';
insert into case_mix_model values ('dna_rate', false, 'Observed and expected agree.');
insert into performance_statistic
select
    org_unit_key, measure_id, month_on, audience, 40, null, null, null, 10, 1, 0, 0.5, 2, 0.3, 3, 0.8, 1, 0.9, 1.1,
    'no special cause', 'Within what chance explains.'
from (
    select org_unit_key, measure_id, month_on, 'inside' as audience from performance
    union all
    select org_unit_key, measure_id, month_on, 'outside' as audience from performance_outside
) as figure;
insert into access_grant values
('user1', 'post:P1', 'clinician', 'own post'), ('boss', 'trust:RXX', 'trust', 'executive');
insert into person values ('user1', 'Dr One', 'clinician'), ('boss', 'Boss', 'executive');
reset search_path;
"""


def fill(connection: psycopg.Connection) -> None:
    """Make the served tables anew; nothing is published beside them."""
    connection.execute(_TABLES)
