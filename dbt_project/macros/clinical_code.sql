{# The code lists that definitions of measures name, each written here and nowhere else. Source: NHS Data Dictionary
   (METHOD OF ADMISSION, METHOD OF DISCHARGE, PATIENT CLASSIFICATION, INTENDED MANAGEMENT, TREATMENT FUNCTION,
   FIRST ATTENDANCE, ATTENDED OR DID NOT ATTEND, OUTCOME OF ATTENDANCE, REFERRAL TO TREATMENT PERIOD STATUS); default
   consultant codes: ODS; diagnoses: ICD-10; urgency of cases: NCEPOD. #}
{% macro clinical_codes(name) -%}
    {%- set lists = {
        'elective_admission': ['11', '12', '13'],
        'emergency_admission': ['21', '22', '23', '24', '25', '28', '2A', '2B', '2C', '2D'],
        'maternity_admission': ['31', '32'],
        'birth_admission': ['82', '83'],
        'maternity_treatment_function': ['501', '560'],
        'mental_health_treatment_function': [
            '700', '710', '711', '712', '713', '715', '720', '721', '722', '723', '724', '725', '726', '727', '730',
        ],
        'ordinary_admission': ['1'],
        'day_case': ['2'],
        'regular_attender': ['3', '4'],
        'intended_overnight_or_day': ['1', '2'],
        'intended_day': ['2'],
        'died': ['4'],
        'stillborn': ['5'],
        'not_finished': ['8'],
        'discharge_not_known': ['9'],
        'future_appointment': ['0'],
        'cancelled_by_patient': ['2'],
        'cancelled_by_hospital': ['4'],
        'did_not_attend': ['3', '7'],
        'attended': ['5', '6'],
        'first_attendance': ['1', '3'],
        'follow_up_attendance': ['2', '4'],
        'administrative_event': ['5'],
        'discharged_at_attendance': ['1'],
        'rtt_clock_stopped': ['30', '31', '32', '33', '34', '35', '36'],
        'rtt_no_clock': ['90', '91', '92', '98'],
        'elective_case': ['4'],
        'unknown_diagnosis': ['R69', 'R69X'],
        'emergency_case': ['1', '2'],
        'surgical_site_infection': ['S', 'D', 'O'],
        'default_consultant': ['C9999998', 'CD999998', 'D9999998', 'H9999998', 'M9999998', 'N9999998'],
    } -%}
    ('{{ lists[name] | join("', '") }}')
{%- endmacro %}

{# Cancer (ICD-10 C00 to C97) or an admission for chemotherapy (Z51.1), whatever follows the fourth character. #}
{% macro is_cancer_code(column) -%}
    ({{ column }} like 'C%' or {{ column }} like 'Z511%')
{%- endmacro %}
