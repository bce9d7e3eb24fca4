-- rtt_within_18_weeks: incomplete pathways that had waited at most 18 weeks at the month end.
{%- set longest_days = 18 * 7 %}
{{ incomplete_pathway_rows('waited_days <= ' ~ longest_days) }}
