"""What the synthetic trust treats: departments, their emergencies and their procedures, with realistic codes."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Illness:
    """Reason for an unplanned admission. `death` is a shift in log-odds, `stay` the median days of a stay."""

    icd: str
    weight: float
    death: float
    stay: float
    opcs: str = ""
    operated: float = 0.0


@dataclass(frozen=True)
class Procedure:
    """Planned treatment: `minutes` knife to skin until finish, `day_case` the share planned without a night."""

    opcs: str
    weight: float
    icd: str
    minutes: float
    day_case: float
    stay: float
    companions: tuple[str, ...] = ()
    proms: str = ""
    surveillance: str = ""


@dataclass(frozen=True)
class Department:
    """One department. Yearly volumes are per whole-time consultant; ages are in years."""

    code: str
    name: str
    user: str
    division: str
    function: str
    consultants: float
    juniors: float
    age: float
    age_spread: float
    men: float
    emergencies: float
    planned: float
    lists: float
    all_day: bool
    clinics: float
    new_slots: int
    follow_up_slots: int
    dna: float
    winter: float
    illnesses: tuple[Illness, ...] = ()
    planned_care: tuple[Procedure, ...] = ()
    operations: tuple[Procedure, ...] = ()


TRUST_CODE = "RZZ"
TRUST_NAME = "Northmere University Hospitals NHS Trust"
SITES = ("RZZ01", "RZZ02")
DIVISIONS = {
    "SUR": ("Surgery, Urology and Eyes", "surgery"),
    "MSK": ("Musculoskeletal, Theatres and Anaesthesia", "musculoskeletal"),
    "MED": ("Medicine and Cancer", "medicine"),
    "WCH": ("Women and Children", "women"),
}
MATERNITY_FUNCTION = "501"
MIDWIFE_FUNCTION = "560"

_ENDOSCOPY = (
    Procedure("G459", 35, "K219", 0, 0.99, 1, ("Z271",)),
    Procedure("G451", 20, "K297", 0, 0.98, 1, ("Z271",)),
    Procedure("H229", 25, "K635", 0, 0.98, 1, ("Z286",)),
    Procedure("H201", 12, "D125", 0, 0.95, 1, ("Z286",)),
    Procedure("H259", 8, "K573", 0, 0.99, 1, ("Z286",)),
)

DEPARTMENTS = (
    Department(
        "D100", "General Surgery", "surgery", "SUR", "100", 13, 6, 56, 19, 0.48, 150, 100, 1.3, True, 2.2, 6, 8,
        0.078, 0.0,
        (
            Illness("K359", 14, -1.8, 2, "H012", 0.75), Illness("R104", 24, -2.2, 1), Illness("K810", 12, -0.6, 4),
            Illness("K566", 11, 0.5, 6, "T413", 0.25), Illness("K573", 10, -0.6, 4), Illness("K859", 8, 0.1, 5),
            Illness("L024", 11, -1.9, 1, "S472", 0.70), Illness("K631", 3, 1.4, 10, "H138", 0.85),
            Illness("K922", 5, 0.4, 4), Illness("C189", 2, 1.0, 9, "H071", 0.55),
        ),
        _ENDOSCOPY,
        (
            Procedure("T202", 26, "K409", 50, 0.80, 1, ("Z942",)),
            Procedure("J183", 24, "K802", 70, 0.72, 1, ("Y752",), "", "bile duct, liver or pancreatic surgery"),
            Procedure("T243", 9, "K429", 40, 0.85, 1, ("Y281",)),
            Procedure("H511", 8, "K641", 30, 0.85, 1),
            Procedure("B283", 12, "C509", 65, 0.65, 1, ("Z942",), "", "breast surgery"),
            Procedure("H073", 6, "C182", 165, 0.0, 6, ("Y752",), "", "large bowel surgery"),
            Procedure("H335", 6, "C20X", 200, 0.0, 7, ("Y753",), "", "large bowel surgery"),
            Procedure("S065", 9, "D171", 30, 0.96, 1, ("Z491",)),
        ),
    ),
    Department(
        "D101", "Urology", "urology", "SUR", "101", 6, 3, 62, 16, 0.72, 85, 210, 1.25, True, 2.4, 6, 9, 0.072, 0.0,
        (
            Illness("N390", 25, -0.3, 3), Illness("R33X", 22, -1.2, 1), Illness("N201", 20, -2.0, 2, "M292", 0.35),
            Illness("R31X", 14, -0.9, 2), Illness("N10X", 12, -0.8, 3), Illness("N44X", 7, -3.0, 1, "N132", 0.9),
        ),
        (Procedure("M459", 70, "R31X", 0, 0.99, 1, ("Z421",)), Procedure("M453", 30, "C679", 0, 0.97, 1)),
        (
            Procedure("M421", 22, "C679", 45, 0.45, 2, ("Z421",)), Procedure("M653", 20, "N40X", 60, 0.12, 2),
            Procedure("M271", 18, "N201", 50, 0.70, 1, ("Z413",)), Procedure("N303", 18, "N47X", 28, 0.97, 1),
            Procedure("M025", 6, "C64X", 170, 0.0, 5, ("Y752",)), Procedure("M611", 8, "C61X", 190, 0.0, 2, ("Y753",)),
            Procedure("M471", 8, "R33X", 20, 0.95, 1),
        ),
    ),
    Department(
        "D130", "Ophthalmology", "ophthalmology", "SUR", "130", 8, 3, 69, 15, 0.45, 9, 0, 2.8, False, 3.0, 6, 12,
        0.092, 0.0,
        (Illness("H440", 40, -3.0, 3, "C791", 0.5), Illness("H330", 60, -3.2, 1, "C791", 0.6)),
        (),
        (
            Procedure("C751", 82, "H259", 19, 0.985, 1, ("C712", "Z942")),
            Procedure("C791", 5, "H330", 50, 0.85, 1, ("Z942",)), Procedure("C601", 7, "H401", 45, 0.85, 1),
            Procedure("C131", 10, "H024", 28, 0.98, 1, ("Z943",)),
        ),
    ),
    Department(
        "D110", "Trauma and Orthopaedics", "orthopaedics", "MSK", "110", 13, 7, 63, 17, 0.45, 95, 0, 1.7, True, 2.2,
        6, 9, 0.074, 0.0,
        (
            Illness("S720", 30, 0.6, 11, "W461", 0.92), Illness("S721", 18, 0.5, 11, "W192", 0.92),
            Illness("S826", 16, -2.6, 3, "W201", 0.75), Illness("S525", 16, -2.8, 1, "W203", 0.70),
            Illness("M009", 6, 0.0, 8, "W813", 0.6), Illness("S325", 8, -0.4, 7), Illness("M545", 6, -2.0, 3),
        ),
        (),
        (
            Procedure("W371", 15, "M161", 85, 0.04, 3, ("Z843", "Z942"), "HIP", "hip replacement"),
            Procedure("W381", 7, "M169", 80, 0.06, 3, ("Z843", "Z943"), "HIP", "hip replacement"),
            Procedure("W401", 19, "M171", 85, 0.05, 3, ("Z846", "Z942"), "KNEE", "knee replacement"),
            Procedure("W822", 18, "M232", 40, 0.93, 1, ("Z846",)),
            Procedure("A651", 14, "G560", 22, 0.99, 1, ("Z941",)),
            Procedure("O291", 9, "M754", 60, 0.72, 1, ("Z814",)), Procedure("T591", 7, "M674", 25, 0.98, 1),
            Procedure("W151", 6, "M201", 55, 0.85, 1, ("Z943",)), Procedure("V254", 4, "M480", 120, 0.10, 3, ("Z993",)),
        ),
    ),
    Department(
        "D190", "Anaesthetics and Pain", "anaesthetics", "MSK", "190", 9, 6, 58, 15, 0.42, 0, 60, 0.0, False, 0.8,
        4, 7, 0.085, 0.0,
        (),
        (Procedure("A521", 55, "M544", 0, 0.99, 1, ("Z066",)), Procedure("A577", 45, "M545", 0, 0.99, 1)),
    ),
    Department(
        "D300", "General Internal Medicine", "medicine", "MED", "300", 11, 3, 66, 19, 0.48, 370, 210, 0.0, False,
        1.7, 6, 7, 0.082, 0.28,
        (
            Illness("J181", 16, 0.9, 5), Illness("A419", 7, 1.5, 7), Illness("N390", 10, 0.0, 5),
            Illness("J441", 10, 0.3, 4), Illness("R074", 14, -2.6, 0.6), Illness("R55X", 7, -1.6, 1),
            Illness("L031", 7, -0.9, 3), Illness("I269", 5, 0.1, 2), Illness("K922", 6, 0.2, 3),
            Illness("T391", 5, -2.8, 1), Illness("R51X", 6, -2.9, 0.6), Illness("I639", 7, 1.1, 9),
        ),
        _ENDOSCOPY,
    ),
    Department(
        "D320", "Cardiology", "cardiology", "MED", "320", 6, 2, 67, 14, 0.60, 190, 170, 0.0, False, 2.2, 6, 8, 0.07,
        0.12,
        (
            Illness("I214", 24, 0.3, 3, "K751", 0.45), Illness("I210", 10, 0.9, 3, "K751", 0.80),
            Illness("I500", 24, 0.8, 7), Illness("I48X", 20, -1.1, 2), Illness("I200", 14, -1.3, 2),
            Illness("I442", 8, -0.3, 3, "K607", 0.75),
        ),
        (
            Procedure("K634", 45, "I251", 0, 0.93, 1, ("Y534",)), Procedure("K751", 22, "I251", 0, 0.70, 1, ("Y534",)),
            Procedure("X501", 18, "I48X", 0, 0.99, 1), Procedure("K607", 15, "I442", 0, 0.60, 1),
        ),
    ),
    Department(
        "D430", "Geriatric Medicine", "geriatrics", "MED", "430", 6, 2, 83, 7, 0.42, 190, 12, 0.0, False, 1.4, 5, 6,
        0.066, 0.30,
        (
            Illness("J181", 22, 0.7, 8), Illness("N390", 18, 0.0, 7), Illness("R296", 18, -0.6, 7),
            Illness("F051", 12, -0.1, 10), Illness("I500", 12, 0.6, 8), Illness("A419", 8, 1.2, 9),
            Illness("E86X", 10, 0.0, 5),
        ),
        (Procedure("X353", 100, "D509", 0, 0.98, 1),),
    ),
    Department(
        "D370", "Medical Oncology", "oncology", "MED", "370", 4, 1, 64, 13, 0.46, 90, 620, 0.0, False, 2.6, 5, 12,
        0.048, 0.05,
        (
            Illness("C349", 35, 0.9, 6), Illness("C509", 20, 0.1, 5), Illness("C189", 22, 0.5, 6),
            Illness("D70X", 23, 0.2, 5),
        ),
        (
            Procedure("X723", 60, "C509", 0, 0.985, 1), Procedure("X724", 25, "C189", 0, 0.985, 1),
            Procedure("X722", 15, "C349", 0, 0.985, 1),
        ),
    ),
    Department(
        "D420", "Paediatrics", "paediatrics", "WCH", "420", 6, 3, 5, 5, 0.53, 300, 50, 0.0, False, 2.2, 6, 8, 0.095,
        0.40,
        (
            Illness("J219", 26, -3.5, 1.5), Illness("B349", 26, -4.5, 0.6), Illness("J459", 14, -4.0, 1),
            Illness("A099", 14, -4.5, 0.8), Illness("R568", 10, -3.5, 1), Illness("J069", 10, -4.5, 0.5),
        ),
        (Procedure("X389", 60, "Z910", 0, 0.99, 1), Procedure("U212", 40, "R568", 0, 0.97, 1)),
    ),
    Department(
        "D501", "Obstetrics", "obstetrics", "WCH", "501", 4, 2, 30, 5, 0.0, 560, 0, 0.0, False, 2.0, 6, 9, 0.07, 0.0,
        (
            Illness("O800", 55, -6.0, 1, "R249", 1.0), Illness("O821", 22, -6.0, 2, "R182", 1.0),
            Illness("O820", 13, -6.0, 2, "R172", 1.0), Illness("O814", 10, -6.0, 1, "R224", 1.0),
        ),
    ),
    Department(
        "D502", "Gynaecology", "gynaecology", "SUR", "502", 6, 3, 45, 15, 0.0, 75, 0, 1.15, True, 2.3, 6, 8, 0.08, 0.0,
        (
            Illness("O039", 30, -4.0, 1, "Q111", 0.45), Illness("O001", 14, -3.5, 2, "Q311", 0.7),
            Illness("N739", 24, -2.5, 2), Illness("R102", 32, -3.0, 1),
        ),
        (),
        (
            Procedure("Q188", 30, "N920", 22, 0.98, 1), Procedure("Q074", 14, "D259", 95, 0.0, 2, ("Y752",), "",
                                                                 "abdominal hysterectomy"),
            Procedure("Q082", 8, "N812", 80, 0.05, 2, (), "", "vaginal hysterectomy"),
            Procedure("T439", 18, "N809", 45, 0.88, 1, ("Y752",)), Procedure("Q167", 12, "N920", 30, 0.95, 1),
            Procedure("P231", 10, "N811", 60, 0.35, 1), Procedure("Q229", 8, "D27X", 60, 0.70, 1, ("Y752",)),
        ),
    ),
)  # fmt: skip
INDEX = {department.code: number for number, department in enumerate(DEPARTMENTS)}
GYNAECOLOGY, OBSTETRICS, PAEDIATRICS = INDEX["D502"], INDEX["D501"], INDEX["D420"]
ORTHOPAEDICS, SURGERY, MEDICINE = INDEX["D110"], INDEX["D100"], INDEX["D300"]
CARDIOLOGY, GERIATRICS, ONCOLOGY, ANAESTHETICS = INDEX["D320"], INDEX["D430"], INDEX["D370"], INDEX["D190"]
UROLOGY, OPHTHALMOLOGY = INDEX["D101"], INDEX["D130"]

# One long-standing condition for each bit of a patient's `conditions`: ICD-10, prevalence at 70, growth per decade.
CONDITIONS = (
    ("I10X", 0.42, 1.55), ("E119", 0.17, 1.45), ("J449", 0.11, 1.50), ("I48X", 0.12, 1.90), ("N183", 0.12, 1.80),
    ("I509", 0.07, 1.90), ("I252", 0.12, 1.60), ("F03X", 0.04, 2.60), ("J459", 0.11, 1.00), ("E669", 0.13, 1.05),
    ("F329", 0.10, 1.00), ("M199", 0.16, 1.60), ("I679", 0.05, 1.80), ("CANCER", 0.05, 1.55),
)  # fmt: skip
CANCER_BIT = len(CONDITIONS) - 1
CANCER_CODES = ("C61X", "C509", "C349", "C189", "C859")
# Other things that coders add: ICD-10 and how often.
INCIDENTAL = (
    ("Z864", 0.16), ("Z720", 0.12), ("Z880", 0.08), ("Z921", 0.09), ("R54X", 0.05), ("E876", 0.05), ("N179", 0.06),
    ("Z922", 0.10), ("D649", 0.07), ("R410", 0.04), ("Z501", 0.05), ("Y839", 0.04), ("B962", 0.03), ("Z602", 0.04),
    ("R11X", 0.05), ("E039", 0.06), ("K590", 0.05), ("Z955", 0.04),
)  # fmt: skip
