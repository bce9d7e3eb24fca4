{# A measure of pathways that were incomplete at a month end, from the condition under which one counts on top: what a
   pathway adds, and why others are left out. #}
{% macro incomplete_pathway_rows(counted_if) -%}
    with candidate as (
        select
            rtt_pathway.rtt_pathway_id as record_id,
            rtt_pathway.month_end_on as occurred_on,
            case
                when rtt_pathway.pathway_status_code in {{ clinical_codes('rtt_clock_stopped') }} then 'clock stopped'
                when rtt_pathway.pathway_status_code in {{ clinical_codes('rtt_no_clock') }} then 'no clock running'
                when rtt_pathway.waited_days < 0 then 'clock starts after the month end'
            end as exclusion_reason,
            case when {{ counted_if }} then 1 else 0 end as numerator,
            1 as denominator,
            concat_ws(
                '', 'Clock started ', rtt_pathway.clock_started_on, ', waited ', rtt_pathway.waited_days, ' days at ',
                rtt_pathway.month_end_on, ', status ', coalesce(rtt_pathway.pathway_status_code, 'missing'), '.'
            ) as evidence
        from {{ ref('int_rtt_pathway') }} as rtt_pathway
        cross join {{ ref('int_reporting_period') }} as reporting_period
        where {{ month_of('rtt_pathway.month_end_on') }} <= reporting_period.last_month_on
    )

    {{ measure_rows('rtt_pathway') }}
{%- endmacro %}
