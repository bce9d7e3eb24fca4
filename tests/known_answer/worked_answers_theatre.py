"""The worked trust's answers for theatre lists and operated cases, computed by hand; see worked_answers.

What happened on the lists whose times count (minutes; a list's own place is that of its owner):

    list  leaf             planned  T1..T4 of operated cases                    touched  added up  in plan  added up
    L1    post:P01         240      8:50-10:30, 10:20-11:30, 12:00-13:30        250      260       210      220
    L2    post:P01         240      9:25-12:00, 13:30-14:30                     215      215       155      155
    L7    post:P02         840      none                                        0        0         0        0
    L10   unattributed:TO  300      0:30-3:30, an hour of it skipped            120      120       120      120
    L11   post:P03         420      0:30-3:30, an hour of it twice              240      240       240      240
    L13   post:P01         240      9:00-9:00 next day, 10:00-10:30, 11:00-11:30  1440   1500      240      300
"""

UTILISATION_UNCAPPED = """
post:P01         2025-01 465/480:2, 2025-03 1440/240:1
post:P02         2025-02 0/840:1
post:P03         2024-10 240/420:1
unattributed:TO  2025-03 120/300:1
department:GS    2025-01 465/480:2, 2025-03 1440/240:1
department:TO    2024-10 240/420:1, 2025-02 0/840:1, 2025-03 120/300:1
division:SURG    2024-10 240/420:1, 2025-01 465/480:2, 2025-02 0/840:1, 2025-03 120/300:1
division:MED     2025-03 1440/240:1
trust:RXX        2024-10 240/420:1, 2025-01 465/480:2, 2025-02 0/840:1, 2025-03 1560/540:2
"""
# L1 220/240 and L2 155/240 together 375/240; L13 300/240, of which 1 counts; L10 120/300; L11 240/420
UTILISATION_CAPPED_MHS = """
post:P01         2025-01 1.5625/2, 2025-03 1/1
post:P02         2025-02 0/1
post:P03         2024-10 0.571428571429/1
unattributed:TO  2025-03 0.4/1
department:GS    2025-01 1.5625/2, 2025-03 1/1
department:TO    2024-10 0.571428571429/1, 2025-02 0/1, 2025-03 0.4/1
division:SURG    2024-10 0.571428571429/1, 2025-01 1.5625/2, 2025-02 0/1, 2025-03 0.4/1
division:MED     2025-03 1/1
trust:RXX        2024-10 0.571428571429/1, 2025-01 1.5625/2, 2025-02 0/1, 2025-03 1.4/2
"""
# L1 260/240 and L2 215/240 together 475/240; L13 1500/240
UTILISATION_UNCAPPED_MHS = """
post:P01         2025-01 1.979166666667/2, 2025-03 6.25/1
post:P02         2025-02 0/1
post:P03         2024-10 0.571428571429/1
unattributed:TO  2025-03 0.4/1
department:GS    2025-01 1.979166666667/2, 2025-03 6.25/1
department:TO    2024-10 0.571428571429/1, 2025-02 0/1, 2025-03 0.4/1
division:SURG    2024-10 0.571428571429/1, 2025-01 1.979166666667/2, 2025-02 0/1, 2025-03 0.4/1
division:MED     2025-03 6.25/1
trust:RXX        2024-10 0.571428571429/1, 2025-01 1.979166666667/2, 2025-02 0/1, 2025-03 6.65/2
"""
# L1 10 minutes early, L2 25 late, L10 and L11 just 30, L13 on time
LATE_START_RATE = """
post:P01         2025-01 0/2, 2025-03 0/1
post:P03         2024-10 1/1
unattributed:TO  2025-03 1/1
department:GS    2025-01 0/2, 2025-03 0/1
department:TO    2024-10 1/1, 2025-03 1/1
division:SURG    2024-10 1/1, 2025-01 0/2, 2025-03 1/1
division:MED     2025-03 0/1
trust:RXX        2024-10 1/1, 2025-01 0/2, 2025-03 1/2
"""
LATE_START_MHS = """
post:P01         2025-01 25/1
post:P03         2024-10 30/1
unattributed:TO  2025-03 30/1
department:GS    2025-01 25/1
department:TO    2024-10 30/1, 2025-03 30/1
division:SURG    2024-10 30/1, 2025-01 25/1, 2025-03 30/1
trust:RXX        2024-10 30/1, 2025-01 25/1, 2025-03 30/1
"""
# L10 and L11 from 3:30 to 6:00; L1, L2 and L13 over-ran
EARLY_FINISH = """
post:P01         2025-01 0/2, 2025-03 0/1
post:P03         2024-10 150/1
unattributed:TO  2025-03 150/1
department:GS    2025-01 0/2, 2025-03 0/1
department:TO    2024-10 150/1, 2025-03 150/1
division:SURG    2024-10 150/1, 2025-01 0/2, 2025-03 150/1
division:MED     2025-03 0/1
trust:RXX        2024-10 150/1, 2025-01 0/2, 2025-03 150/2
"""
EARLY_FINISH_MHS = """
post:P03         2024-10 150/1
unattributed:TO  2025-03 150/1
department:TO    2024-10 150/1, 2025-03 150/1
division:SURG    2024-10 150/1, 2025-03 150/1
trust:RXX        2024-10 150/1, 2025-03 150/1
"""
# L1 30, L2 90, L13 20 hours
OVERRUN = """
post:P01         2025-01 120/2, 2025-03 1200/1
post:P03         2024-10 0/1
unattributed:TO  2025-03 0/1
department:GS    2025-01 120/2, 2025-03 1200/1
department:TO    2024-10 0/1, 2025-03 0/1
division:SURG    2024-10 0/1, 2025-01 120/2, 2025-03 0/1
division:MED     2025-03 1200/1
trust:RXX        2024-10 0/1, 2025-01 120/2, 2025-03 1200/2
"""
OVERRUN_MHS = """
post:P01         2025-01 120/2, 2025-03 1200/1
department:GS    2025-01 120/2, 2025-03 1200/1
division:SURG    2025-01 120/2
division:MED     2025-03 1200/1
trust:RXX        2025-01 120/2, 2025-03 1200/1
"""
# L1 11:30 to 12:00 of two changeovers, L2 12:00 to 13:30 of one, L13 none of two
DOWNTIME = """
post:P01       2025-01 120/3:2, 2025-03 0/2:1
department:GS  2025-01 120/3:2, 2025-03 0/2:1
division:SURG  2025-01 120/3:2
division:MED   2025-03 0/2:1
trust:RXX      2025-01 120/3:2, 2025-03 0/2:1
"""
# L1 30 less the 10 that K1 and K2 overlap, L2 90; L13 30 less 23 hours
DOWNTIME_MHS = """
post:P01       2025-01 110/3:2, 2025-03 -1350/2:1
department:GS  2025-01 110/3:2, 2025-03 -1350/2:1
division:SURG  2025-01 110/3:2
division:MED   2025-03 -1350/2:1
trust:RXX      2025-01 110/3:2, 2025-03 -1350/2:1
"""
# L1 3, L2 2; L5, L6 and L7 none, of P02; L8, L9, L12, L14 and L15 1 each and L13 3; L10 1; L11 1
CASES_PER_LIST = """
post:P01         2025-01 5/2, 2025-03 8/6
post:P02         2025-02 0/3
post:P03         2024-10 1/1
unattributed:TO  2025-03 1/1
department:GS    2025-01 5/2, 2025-03 8/6
department:TO    2024-10 1/1, 2025-02 0/3, 2025-03 1/1
division:SURG    2024-10 1/1, 2025-01 5/2, 2025-02 0/3, 2025-03 1/1
division:MED     2025-03 8/6
trust:RXX        2024-10 1/1, 2025-01 5/2, 2025-02 0/3, 2025-03 9/7
"""
# Nobody says who operated, nor in which spell. As above, and K8 and 40 more on the trauma list L4.
THEATRE_CASES = """
unattributed:GS  2025-01 5, 2025-03 8
unattributed:TO  2024-10 1, 2025-02 41, 2025-03 1
department:GS    2025-01 5, 2025-03 8
department:TO    2024-10 1, 2025-02 41, 2025-03 1
division:SURG    2024-10 1, 2025-01 5, 2025-02 41, 2025-03 1
division:MED     2025-03 8
trust:RXX        2024-10 1, 2025-01 5, 2025-02 41, 2025-03 9
"""
SPELL_LINKAGE = """
unattributed:GS  2025-01 0/5, 2025-03 0/8
unattributed:TO  2024-10 0/1, 2025-02 0/41, 2025-03 0/1
department:GS    2025-01 0/5, 2025-03 0/8
department:TO    2024-10 0/1, 2025-02 0/41, 2025-03 0/1
division:SURG    2024-10 0/1, 2025-01 0/5, 2025-02 0/41, 2025-03 0/1
division:MED     2025-03 0/8
trust:RXX        2024-10 0/1, 2025-01 0/5, 2025-02 0/41, 2025-03 0/9
"""
THEATRE_ANSWERS = {
    "theatre_utilisation_uncapped": UTILISATION_UNCAPPED,
    "theatre_utilisation_capped_mhs": UTILISATION_CAPPED_MHS,
    "theatre_utilisation_uncapped_mhs": UTILISATION_UNCAPPED_MHS,
    "late_start_rate": LATE_START_RATE,
    "late_start_minutes_mhs": LATE_START_MHS,
    "early_finish_minutes": EARLY_FINISH,
    "early_finish_minutes_mhs": EARLY_FINISH_MHS,
    "overrun_minutes": OVERRUN,
    "overrun_minutes_mhs": OVERRUN_MHS,
    "intercase_downtime_minutes": DOWNTIME,
    "intercase_downtime_minutes_mhs": DOWNTIME_MHS,
    "cases_per_list": CASES_PER_LIST,
    "theatre_cases": THEATRE_CASES,
    "theatre_spell_linkage": SPELL_LINKAGE,
}
UNCOUNTABLE = {
    "L3": "list cancelled",
    "L4": "not an elective list",
    "L5": "planned times not usable",
    "L6": "planned times not usable",
    **dict.fromkeys(["L8", "L9", "L12", "L14", "L15"], "case times missing or out of order"),
}
NO_CASE = {**UNCOUNTABLE, "L7": "no case operated"}
FEW_CASES = {**UNCOUNTABLE, **dict.fromkeys(["L7", "L10", "L11"], "fewer than two cases operated")}
THEATRE_EXCLUDED = {
    "theatre_utilisation_uncapped": UNCOUNTABLE,
    "theatre_utilisation_capped_mhs": UNCOUNTABLE,
    "theatre_utilisation_uncapped_mhs": UNCOUNTABLE,
    "late_start_rate": NO_CASE,
    "late_start_minutes_mhs": {**NO_CASE, **dict.fromkeys(["L1", "L13"], "not late")},
    "early_finish_minutes": NO_CASE,
    "early_finish_minutes_mhs": {**NO_CASE, **dict.fromkeys(["L1", "L2", "L13"], "not finished early")},
    "overrun_minutes": NO_CASE,
    "overrun_minutes_mhs": {**NO_CASE, **dict.fromkeys(["L10", "L11"], "not over-run")},
    "intercase_downtime_minutes": FEW_CASES,
    "intercase_downtime_minutes_mhs": FEW_CASES,
    "cases_per_list": {"L3": "list cancelled", "L4": "not an elective list"},
    "theatre_cases": {},
    "theatre_spell_linkage": {},
}
