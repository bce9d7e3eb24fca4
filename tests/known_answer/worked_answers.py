"""The answers of the worked trust, computed by hand: nothing here is derived by a program."""

from tests.known_answer.worked_answers_theatre import THEATRE_ANSWERS, THEATRE_EXCLUDED

# For each unit its months with a counted record, as `numerator/denominator`; the number of records is the
# denominator unless a third number gives it. A count is one number. Months without records are not typed.
# Which leaf each spell goes to (consultant and service of its last episode, on the day of discharge):
#   P01 Able in GS:  S01 S06 S11 S16 S18 S19 S29 S30 (and S17 and S28, regular attenders)
#   P02 Able in TO:  S04 S14 S22; and S08, whose service 300 nobody runs since 2025: A2, her larger share
#   P03 Baker in TO: S02, two days before his post ended
#   P04 Cook in OBS: S21 S25; S07 S10 S20 S24 S26 of services that nobody runs (A2); P04 before P05, whose
#                    share is equal
#   unattributed:TO  S09 before Baker's post began, S03 after it had ended (U1)
#   unattributed:GS  S05, whose last episode has the default code (U1)
#   unattributed:RXX S12, unknown consultant and a service that nobody runs (U2)
# GS counts for division SURG up to February 2025 and for MED from March.

# As the divisions stand now, GS was never in SURG: what their departments have, added up.
MEMBERS_NOW = {
    "division_now:SURG": ("department:TO",),
    "division_now:MED": ("department:GS", "department:OBS", "department:OLD"),
}

# Every finished spell but S17 and S28 (regular attenders), S20 and S26 (births)
FINISHED_SPELLS = """
post:P01          2025-01 2, 2025-02 2, 2025-03 1, 2025-04 3
post:P02          2025-01 1, 2025-02 1, 2025-04 2
post:P03          2025-02 1
post:P04          2025-02 3, 2025-03 2
unattributed:TO   2024-03 1, 2025-03 1
unattributed:GS   2025-01 1
unattributed:RXX  2024-03 1
department:GS     2025-01 3, 2025-02 2, 2025-03 1, 2025-04 3
department:TO     2024-03 1, 2025-01 1, 2025-02 2, 2025-03 1, 2025-04 2
department:OBS    2025-02 3, 2025-03 2
division:SURG     2024-03 1, 2025-01 4, 2025-02 4, 2025-03 1, 2025-04 2
division:MED      2025-02 3, 2025-03 3, 2025-04 3
trust:RXX         2024-03 2, 2025-01 4, 2025-02 7, 2025-03 4, 2025-04 5
"""
# S04 13 to 16 January (as corrected), S08 1, S09 2, S22 2 days
LENGTH_OF_STAY_ELECTIVE = """
post:P02         2025-01 3/1, 2025-02 1/1, 2025-04 2/1
unattributed:TO  2024-03 2/1
department:TO    2024-03 2/1, 2025-01 3/1, 2025-02 1/1, 2025-04 2/1
division:SURG    2024-03 2/1, 2025-01 3/1, 2025-02 1/1, 2025-04 2/1
trust:RXX        2024-03 2/1, 2025-01 3/1, 2025-02 1/1, 2025-04 2/1
"""
# S01 4, S02 0, S03 2, S05 4, S07 1, S10 1, S11 3, S14 2, S16 1, S18 2, S19 3, S25 1, S30 1
LENGTH_OF_STAY_EMERGENCY = """
post:P01         2025-01 6/2, 2025-02 3/1, 2025-03 3/1, 2025-04 2/2
post:P02         2025-04 2/1
post:P03         2025-02 0/1
post:P04         2025-02 2/2, 2025-03 1/1
unattributed:TO  2025-03 2/1
unattributed:GS  2025-01 4/1
department:GS    2025-01 10/3, 2025-02 3/1, 2025-03 3/1, 2025-04 2/2
department:TO    2025-02 0/1, 2025-03 2/1, 2025-04 2/1
department:OBS   2025-02 2/2, 2025-03 1/1
division:SURG    2025-01 10/3, 2025-02 3/2, 2025-03 2/1, 2025-04 2/1
division:MED     2025-02 2/2, 2025-03 4/2, 2025-04 2/2
trust:RXX        2025-01 10/3, 2025-02 5/4, 2025-03 6/3, 2025-04 4/3
"""
# S06 and S29 yes; S04, S09 and S12 were not planned so, S08 was but stayed the night
DAY_CASE_RATE = """
post:P01          2025-02 1/1, 2025-04 1/1
post:P02          2025-01 0/1, 2025-02 0/1
unattributed:TO   2024-03 0/1
unattributed:RXX  2024-03 0/1
department:GS     2025-02 1/1, 2025-04 1/1
department:TO     2024-03 0/1, 2025-01 0/1, 2025-02 0/1
division:SURG     2024-03 0/1, 2025-01 0/1, 2025-02 1/2
division:MED      2025-04 1/1
trust:RXX         2024-03 0/2, 2025-01 0/1, 2025-02 1/2, 2025-04 1/1
"""
# Yes: S01 (10 January + 29 = 8 February), S04 (same day), S18 (S17 is skipped), S14 (29 days, unfinished).
# No: S02 (30 days), S03 (elective), S19 (no return), S08 (to midwifery), S11 (with cancer).
EMERGENCY_READMISSION = """
post:P01         2025-01 2/2, 2025-02 0/1, 2025-03 0/1
post:P02         2025-01 1/1, 2025-02 0/1, 2025-04 1/1
post:P03         2025-02 0/1
unattributed:TO  2025-03 0/1
department:GS    2025-01 2/2, 2025-02 0/1, 2025-03 0/1
department:TO    2025-01 1/1, 2025-02 0/2, 2025-03 0/1, 2025-04 1/1
division:SURG    2025-01 3/3, 2025-02 0/3, 2025-03 0/1, 2025-04 1/1
division:MED     2025-03 0/1
trust:RXX        2025-01 3/3, 2025-02 0/3, 2025-03 0/2, 2025-04 1/1
"""
# S05 died; S17, S28, S20, S26, S21, S19 and S22 do not count
IN_HOSPITAL_MORTALITY = """
post:P01          2025-01 0/2, 2025-02 0/1, 2025-03 0/1, 2025-04 0/3
post:P02          2025-01 0/1, 2025-02 0/1, 2025-04 0/1
post:P03          2025-02 0/1
post:P04          2025-02 0/2, 2025-03 0/2
unattributed:TO   2024-03 0/1, 2025-03 0/1
unattributed:GS   2025-01 1/1
unattributed:RXX  2024-03 0/1
department:GS     2025-01 1/3, 2025-02 0/1, 2025-03 0/1, 2025-04 0/3
department:TO     2024-03 0/1, 2025-01 0/1, 2025-02 0/2, 2025-03 0/1, 2025-04 0/1
department:OBS    2025-02 0/2, 2025-03 0/2
division:SURG     2024-03 0/1, 2025-01 1/4, 2025-02 0/3, 2025-03 0/1, 2025-04 0/1
division:MED      2025-02 0/2, 2025-03 0/3, 2025-04 0/3
trust:RXX         2024-03 0/2, 2025-01 1/4, 2025-02 0/5, 2025-03 0/4, 2025-04 0/4
"""
# Missed: A02, A03 (came too late), A11, A12, A15; kept: A01, A04, A08, A13, A14, A18. Dean's post in the
# closed department OLD keeps the place in the tree that OLD had last.
DNA_RATE = """
post:P01          2025-01 1/2, 2025-02 1/1, 2025-03 0/1
post:P03          2024-06 0/1, 2025-02 1/1
post:P04          2025-04 0/1
unattributed:TO   2025-02 1/1
post:P06          2025-02 0/1
unattributed:OLD  2024-12 0/1
unattributed:RXX  2025-01 1/1
department:GS     2025-01 1/2, 2025-02 1/1, 2025-03 0/1
department:TO     2024-06 0/1, 2025-02 2/2
department:OBS    2025-04 0/1
department:OLD    2024-12 0/1, 2025-02 0/1
division:SURG     2024-06 0/1, 2025-01 1/2, 2025-02 3/3
division:MED      2024-12 0/1, 2025-02 0/1, 2025-03 0/1, 2025-04 0/1
trust:RXX         2024-06 0/1, 2024-12 0/1, 2025-01 2/3, 2025-02 3/4, 2025-03 0/1, 2025-04 0/1
"""
# L1: 9:00 to 11:30 and 12:00 to 13:00 = 150 + 60 of 240. L2: 9:25 to 12:00 = 155 of 240. L7: 0 of 840.
# L13: all 240, whoever else was in.
# L10: the clock skips an hour: 0:30 to 3:30 is 120 minutes of 300. L11: it repeats one: 240 of 420.
THEATRE_UTILISATION = """
post:P01         2025-01 365/480:2, 2025-03 240/240:1
post:P02         2025-02 0/840:1
post:P03         2024-10 240/420:1
unattributed:TO  2025-03 120/300:1
department:GS    2025-01 365/480:2, 2025-03 240/240:1
department:TO    2024-10 240/420:1, 2025-02 0/840:1, 2025-03 120/300:1
division:SURG    2024-10 240/420:1, 2025-01 365/480:2, 2025-02 0/840:1, 2025-03 120/300:1
division:MED     2025-03 240/240:1
trust:RXX        2024-10 240/420:1, 2025-01 365/480:2, 2025-02 0/840:1, 2025-03 360/540:2
"""
# L1 began 10 minutes early: 0; L2 25; L10 and L11 30; L13 on time
LATE_START = """
post:P01         2025-01 25/2, 2025-03 0/1
post:P03         2024-10 30/1
unattributed:TO  2025-03 30/1
department:GS    2025-01 25/2, 2025-03 0/1
department:TO    2024-10 30/1, 2025-03 30/1
division:SURG    2024-10 30/1, 2025-01 25/2, 2025-03 30/1
division:MED     2025-03 0/1
trust:RXX        2024-10 30/1, 2025-01 25/2, 2025-03 30/2
"""
# P01 in January: L1 none of 3; L2 K5 and K20 of K4, K5, K20, K21; L3 K6 of 1 (a cancelled list's cases count).
# P01 in March: none of K10, K11, K14, K15, K18 (medical reason). K9 (patient), K12, K13 no.
CANCELLATION_ON_THE_DAY = """
post:P01         2025-01 3/8, 2025-03 0/5
post:P02         2025-02 0/1
post:P03         2024-10 0/1
unattributed:TO  2025-03 0/1
department:GS    2025-01 3/8, 2025-03 0/5
department:TO    2024-10 0/1, 2025-02 0/1, 2025-03 0/1
division:SURG    2024-10 0/1, 2025-01 3/8, 2025-02 0/1, 2025-03 0/1
division:MED     2025-03 0/5
trust:RXX        2024-10 0/1, 2025-01 3/8, 2025-02 0/1, 2025-03 0/6
"""
ANSWERS = {
    "finished_spells": FINISHED_SPELLS,
    "length_of_stay_elective": LENGTH_OF_STAY_ELECTIVE,
    "length_of_stay_emergency": LENGTH_OF_STAY_EMERGENCY,
    "day_case_rate": DAY_CASE_RATE,
    "emergency_readmission_30d": EMERGENCY_READMISSION,
    "in_hospital_mortality": IN_HOSPITAL_MORTALITY,
    "dna_rate": DNA_RATE,
    "theatre_utilisation_capped": THEATRE_UTILISATION,
    "late_start_minutes": LATE_START,
    "cancellation_on_the_day": CANCELLATION_ON_THE_DAY,
    **THEATRE_ANSWERS,
}
# The excluded records, each with the first reason that holds.
EXCLUDED = {
    "finished_spells": {
        "S17": "regular attender",
        "S28": "regular attender",
        "S20": "birth",
        "S26": "birth",
    },
    "length_of_stay_elective": dict.fromkeys(["S06", "S12", "S17", "S28", "S29"], "not an ordinary admission"),
    "length_of_stay_emergency": {},
    "day_case_rate": {
        "S17": "regular attender",
        "S28": "regular attender",
        "S22": "intended management not 1 or 2",
    },
    "emergency_readmission_30d": {
        "S05": "died or stillborn",
        "S21": "died or stillborn",  # before maternity
        "S17": "regular attender",
        "S28": "regular attender",
        "S06": "day case",
        "S29": "day case",
        "S12": "day case",  # before chemotherapy
        "S07": "maternity",
        "S24": "maternity",
        "S25": "maternity",
        "S20": "birth",
        "S26": "birth",
        "S09": "cancer or chemotherapy",
        "S10": "cancer or chemotherapy",  # 365 days after S09; S11, 366 days after S12, counts
        "S30": "cancer or chemotherapy",  # on the day of S29; before follow-up
        "S16": "follow-up not complete",  # 2 April + 29 = 1 May; S14, 1 April, counts
        "S22": "follow-up not complete",
    },
    "in_hospital_mortality": {
        "S17": "regular attender",
        "S28": "regular attender",
        "S20": "birth",
        "S26": "birth",
        "S21": "stillbirth",
        "S19": "discharge method not known",
        "S22": "discharge method not known",
    },
    "dna_rate": {
        "A05": "administrative event",
        "A06": "cancelled by patient",
        "A07": "cancelled by hospital",
        "A10": "future",
    },
    "theatre_utilisation_capped": {
        "L3": "list cancelled",
        "L4": "not an elective list",
        "L5": "planned times not usable",
        "L6": "planned times not usable",
        "L8": "case times missing or out of order",
        "L9": "case times missing or out of order",
        "L12": "case times missing or out of order",
        "L14": "case times missing or out of order",
        "L15": "case times missing or out of order",
    },
    "cancellation_on_the_day": {
        "K16": "postponed within 24 hours",
        "K7": "cancelled before the day",
        "K17": "cancelled before the day",
    },
    **THEATRE_EXCLUDED,
}
EXCLUDED["late_start_minutes"] = {**EXCLUDED["theatre_utilisation_capped"], "L7": "no case operated"}

# (measure, unit, month) -> numerator, denominator and value of the twelve months that end with it.
TWELVE_MONTHS = {
    # March 2024 to February 2025: 2 + 4 + 7; a month later March 2024 has left and March 2025 come in.
    ("finished_spells", "trust:RXX", "2025-02"): (13, None, 13),
    ("finished_spells", "trust:RXX", "2025-03"): (15, None, 15),
    # GS's January and February stay with SURG after the move; both divisions together are the trust's 20.
    ("finished_spells", "division:SURG", "2025-04"): (11, None, 11),
    ("finished_spells", "division:MED", "2025-04"): (9, None, 9),
    ("finished_spells", "trust:RXX", "2025-04"): (20, None, 20),
    # Nothing in twelve months: a count of none, a rate of nothing at all.
    ("finished_spells", "unattributed:RXX", "2025-03"): (0, None, 0),
    ("day_case_rate", "unattributed:RXX", "2025-02"): (0, 1, 0.0),
    ("day_case_rate", "unattributed:RXX", "2025-03"): (0, 0, None),
    # Sums, then the quotient: (240 + 365 + 0 + 360) / (420 + 480 + 840 + 540), not a mean of four rates.
    ("theatre_utilisation_capped", "trust:RXX", "2025-04"): (965, 2280, 965 / 2280),
    ("dna_rate", "trust:RXX", "2025-04"): (5, 11, 5 / 11),
}
