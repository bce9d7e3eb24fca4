"""Reads `theme.yaml`, the one place of colours, and derives from it the colour of every series and the page style."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from string import Template
from typing import Any

import yaml

ROOM = Path(__file__).resolve().parent

# What stands behind a name in a legend, before its unit: "Chosen unit (%)", "Chosen unit (days)".
SERIES_LABELS = {
    "Chosen unit": "unit_chosen",
    "Units compared": "unit_other",
    "The whole they belong to": "unit_above",
}
# Units in which values are read; what a ratio is of its measure says.
UNIT_SYMBOLS = frozenset({"%", "days", "minutes", "number"})
# The band between two limits takes its colour from the full names of their lines.
BAND = "Process limits"
# How the marks of an SPC chart are drawn, in the order of a chart's `marks`: sign and size in pixels.
PINS = (("pin", 24), ("pin", 34), ("diamond", 14))
PLAIN_LABELS = {
    "Each month": "each_month",
    "Mean": "process_mean",
    "Target": "target",
    f"{BAND}__yhat_lower": "process_limit",
    f"{BAND}__yhat_upper": "process_limit",
    "As other months": "each_month",
    "Special cause for the better": "improvement",
    "Special cause of concern": "concern",
    "Special cause, neither way": "neutral",
    "Comment": "comment",
    "Several comments": "comment",
    "Limits calculated anew": "rebase",
    "n, records counted": "record_count",
    "All compared": "process_mean",
    "95 % limits": "limit_95",
    "Lower 95 % limit": "limit_95",
    "99.8 % limits": "limit_998",
    "Lower 99.8 % limit": "limit_998",
    "You": "you",
    "Colleagues": "peer",
    "No special cause": "calm",
    "Better": "improvement",
    "Asks for a look": "concern",
    "Too few to say": "few",
    "Data not trusted": "untrusted",
    "Rows loaded": "row_loaded",
    "Rows unchanged": "row_unchanged",
    "Rows in quarantine": "row_quarantined",
}


@cache
def read_theme(path: Path = ROOM / "theme.yaml") -> dict[str, Any]:
    """Return the theme file: `name`, `font_family`, `colours` and `series` (role of a series -> hex colour)."""
    theme: dict[str, Any] = yaml.safe_load(path.read_text())
    return theme


def label_colours(ratios: Iterable[str] = ()) -> dict[str, str]:
    """Return label of a series -> hex colour, for each label that a chart may show.

    `ratios` are the units of measures that are ratios, such as "cases per list".
    """
    series = read_theme()["series"]
    with_unit = {
        f"{label} ({symbol})": series[role]
        for label, role in SERIES_LABELS.items()
        for symbol in sorted(UNIT_SYMBOLS | {*ratios})
    }
    return with_unit | {label: series[role] for label, role in PLAIN_LABELS.items()}


def page_style(path: Path = ROOM / "style.css") -> str:
    """Return a style sheet, that of every page unless another is named, with the theme's colours and typeface."""
    theme = read_theme()
    return Template(path.read_text()).substitute(theme["colours"], font_family=theme["font_family"])
