-- waiting_over_52_weeks: incomplete pathways that had waited more than 52 weeks at the month end.
{%- set allowed_days = 52 * 7 %}
{{ incomplete_pathway_rows('waited_days > ' ~ allowed_days) }}
