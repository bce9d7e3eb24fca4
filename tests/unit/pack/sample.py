"""A pack of somebody who does not exist, written by hand: two posts, a figure of each kind, something of everything."""

from typing import Any

from orchestration.pack import palette, seal, words
from orchestration.pack.paper import draw, layout

KEY = b"the key of a test"


def post(name: str, state: str, **other: object) -> dict[str, Any]:
    return {
        "post": name,
        "value": "8.5%",
        "n": "200",
        "numerator": "17",
        "denominator": "200",
        "state": state,
        "state_month": "Mar 2026",
        "reason": "Within what chance explains.",
        "assurance": None,
        "comparison": None,
        "limits": None,
        "trend": {
            "months": ["Jan 2026", "Feb 2026", "Mar 2026"],
            "values": [8.0, None, 9.0],
            "kinds": ["common", "common", "concern"],
            "mean": [8.4, 8.4, 8.5],
            "lower": [5.0, 5.0, 5.0],
            "upper": [12.0, 12.0, 12.0],
            "target": 10.0,
        },
        "funnel": None,
        "peers": None,
        **other,
    }


def content() -> dict[str, Any]:
    ratio = {"value": 0.8, "target": 1.0, "lower_95": 0.4, "upper_95": 1.9, "lower_998": 0.2, "upper_998": 2.5}
    funnel = {
        "you": [[120.0, 9.0]],
        "colleagues": [[80.0, 8.0], [100.0, 7.0], [140.0, 9.5], [150.0, 10.0], [160.0, 8.5]],
        "limits": [[80.0, 8.6, 3.0, 16.0, 1.0, 21.0], [160.0, 8.6, 4.8, 13.5, 2.8, 17.0]],
        "size": "n",
    }
    return {
        "format": "appraisal pack 1",
        "layout": layout.digest(),
        "colours": palette.colours(),
        "clinician": {"name": "Dr Ł Nguyễn-Şahin", "code": "C7654321", "grade": "Consultant"},
        "posts": [
            {"post": "P1", "department": "Cardiology", "from": "1 Apr 2019", "to": "open"},
            {"post": "P2", "department": "General Medicine", "from": "1 Jan 2024", "to": "31 Dec 2026"},
        ],
        "period": {"first": "2025-04", "last": "2026-03", "words": "Apr 2025 to Mar 2026"},
        "covered": None,
        "publication": {
            "id": 31,
            "published_at": "3 Apr 2026 06:10",
            "data_to": "31 Mar 2026",
            "content_hash": "f00d" * 16,
            "code_commit": None,
            "code_digest": "beef" * 16,
        },
        "feeds": [
            {"feed": "pas consultant episode", "extracted": "1 Apr 2026", "held": 0},
            {"feed": "theatre theatre case", "extracted": "1 Apr 2026", "held": 2},
            {"feed": "workforce post", "extracted": words.NOTHING, "held": 0},
        ],
        "how_to_read": ["A figure is a question, not a verdict."],
        "how_to_read_pictures": ["Months have limits & colleagues have no <names>."],
        "families": [
            {
                "title": "Outpatient",
                "measures": [
                    {
                        "measure_id": "dna_rate",
                        "title": "Missed appointments (DNA)",
                        "unit": "%",
                        "direction": "Lower is better",
                        "target": "10.0%",
                        "whole": {"value": "8.5%", "n": "400", "numerator": "34", "denominator": "400"},
                        "expected": None,
                        "posts": [
                            post("Cardiology", "look: higher than expected", funnel=funnel, peers="Of 5 colleagues."),
                            post("General Medicine", "no special cause", assurance="The months pass the target."),
                        ],
                        "rests_on": ["Appointments with an outcome 99.0% (n = 404)"],
                    },
                    {
                        "measure_id": "mortality_30d",
                        "title": "Deaths within 30 days",
                        "unit": "%",
                        "direction": "Lower is better",
                        "target": None,
                        "whole": {"value": "1.0%", "n": "300", "numerator": "3", "denominator": "300"},
                        "expected": None,
                        "posts": [
                            post("Cardiology", "too few to say", comparison="observed 3, expected 3.6", limits=ratio)
                        ],
                        "rests_on": [],
                    },
                ],
            }
        ],
        "without_records": ["Theatre cases"],
        "quality": {
            "records": [
                {
                    "measure": "Missed appointments (DNA)",
                    "counted": "400",
                    "left_out": "12",
                    "reasons": ["cancelled by patient 9", "cancelled by hospital 3"],
                }
            ],
            "doubts": [
                {
                    "is_untrusted": True,
                    "post": "Cardiology",
                    "check": "No clinic is empty.",
                    "figures": ["Missed appointments (DNA) (9 of 40)"],
                }
            ],
        },
        "validation": {
            "months": [
                {
                    "month": "Mar 2026",
                    "post": "Cardiology",
                    "records": "40",
                    "confirmed": "38",
                    "disputed": "1",
                    "open": "1 presumed",
                    "deadline": "17 Apr 2026",
                    "clinician": "Dr Ł Nguyễn-Şahin, 9 Apr 2026, publication 31: all seen",
                    "lead": "not signed",
                }
            ],
            "disputes": [],
            "comments": [
                {
                    "measure": "Missed appointments (DNA)",
                    "post": "Cardiology",
                    "month": "Mar 2026",
                    "comment": "Rate ≥ 10 % in one clinic only; <b>no</b> letters & no texts went out.",
                    "by": "Dr A Lead, clinical lead, 9 Apr 2026",
                }
            ],
            "objectives": [],
        },
        "definitions": [
            {
                "measure_id": "dna_rate",
                "title": "Missed appointments (DNA)",
                "version": 3,
                "plain_words": "Of appointments, how many were missed?",
                "lines": [["Counted on top", "Appointments missed"], ["Source", "NHS Data Dictionary"]],
            }
        ],
    }


def pdf(told: dict[str, Any] | None = None, key: bytes = KEY) -> bytes:
    written = seal.canonical(told or content())
    return draw.draw(told or content(), written, seal.of(written, key))
