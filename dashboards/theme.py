"""Reads `theme.yaml`, the one place of colours, and derives from it the colour of every series and the page style."""

from functools import cache
from pathlib import Path
from string import Template
from typing import Any

import yaml

ROOM = Path(__file__).resolve().parent

# What stands behind a name in a legend, before its unit: "Each month (%)", "Each month (days)".
SERIES_LABELS = {
    "Each month": "each_month",
    "Each month: not shown, small numbers": "each_month",
    "Rolling 12 months": "rolling_12_months",
    "Rolling 12 months, average per month": "rolling_12_months",
    "Mean of the months": "process_mean",
    "Upper limit of a month": "process_limit",
    "Lower limit of a month": "process_limit",
    "Chosen unit": "unit_chosen",
    "Units compared": "unit_other",
    "The whole they belong to": "unit_above",
}
UNIT_SYMBOLS = ("%", "days", "minutes", "number")
# Superset looks a colour up by the column where a label is also the name of a column of the dataset: these are not.
PLAIN_LABELS = {
    "record_count": "n, records counted (scale on the right)",
    "you": "You",
    "peer": "Colleagues",
    "middle": "Department",
    "row_loaded": "Rows loaded",
    "row_unchanged": "Rows unchanged",
    "row_quarantined": "Rows in quarantine",
}


@cache
def read_theme(path: Path = ROOM / "theme.yaml") -> dict[str, Any]:
    """Return the theme file: `name`, `font_family`, `colours` and `series` (role of a series -> hex colour)."""
    theme: dict[str, Any] = yaml.safe_load(path.read_text())
    return theme


def label_colours() -> dict[str, str]:
    """Return label of a series -> hex colour, for each label that a chart may show."""
    series = read_theme()["series"]
    with_unit = {
        f"{label} ({symbol})": series[role] for label, role in SERIES_LABELS.items() for symbol in UNIT_SYMBOLS
    }
    return with_unit | {label: series[role] for role, label in PLAIN_LABELS.items()}


def page_style(path: Path = ROOM / "style.css") -> str:
    """Return the style sheet of every page, with the theme's colours filled in."""
    return Template(path.read_text()).substitute(read_theme()["colours"])
