"""Writes the report of a run into a folder: an index, and a page for each feed, dimension and measure."""

import os
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import jinja2
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from dashboards.theme import read_theme
from expectations.rules.rule import DIMENSIONS, Gate
from orchestration.audit.report import sparkline
from orchestration.audit.report.lineage import Lineage
from orchestration.audit.report.run import Check, Delivery, Quarantine, Run
from orchestration.audit.verify import AuditError

_GATE_WORDS = {"raw": "extracts as they came", "entities": "records put together", "marts": "figures ready to serve"}
_NEWEST = 20
_NOTHING = "\N{EN DASH}"


@dataclass(frozen=True)
class Page:
    """One page about one thing: the checks that touch it, and for a feed what came of it."""

    kind: str
    name: str
    title: str
    about: str
    checks: tuple[Check, ...]
    feeds: tuple[str, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    quarantine: tuple[Quarantine, ...] = ()

    @property
    def file(self) -> str:
        """Name of its file."""
        return f"{self.kind}-{self.name}.html"

    @property
    def failed(self) -> tuple[Check, ...]:
        """Its checks that failed or could not be asked."""
        return tuple(check for check in self.checks if not check.is_success)


def write(run: Run, lineage: Lineage, folder: Path, data_docs: Path) -> Path:
    """Write the report of a run in place of what `folder` holds of it; return its index.

    A reader finds the former pages or the new ones. Raises `AuditError` where the folder cannot be written.
    """
    pages = [*_feeds(run, lineage), *_dimensions(run), *_measures(run, lineage)]
    environment = _environment()
    told = {
        "run": run,
        "pages": pages,
        "gates": _gates(run.checks),
        "decided": [one for one in run.deliveries if one.decided_by][:_NEWEST],
        "held": [one for one in run.deliveries if one.state == "held"],
        "states": Counter(one.state for one in run.deliveries),
        "data_docs": _data_docs(run, folder, data_docs),
    }
    beside = folder.with_name(f".{folder.name}.{os.getpid()}")
    try:
        for left in folder.parent.glob(f".{folder.name}.*"):  # by somebody who was killed while writing
            shutil.rmtree(left)
        beside.mkdir(parents=True)
        _write(beside / "index.html", environment, "index.html.j2", told)
        for page in pages:
            _write(beside / page.file, environment, "page.html.j2", {**told, "page": page})
        if folder.exists():
            shutil.rmtree(folder)
        beside.rename(folder)
    except OSError as error:
        raise AuditError(f"The report cannot be written to {folder}: {error.strerror}.") from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return folder / "index.html"


def write_list(folder: Path) -> None:
    """Write the list of all reports in `folder`, the newest first, as its index."""
    reports = sorted((one.parent for one in folder.glob("*/index.html")), key=lambda one: one.stat().st_mtime)
    names = [one.name for one in reversed(reports) if not one.name.startswith(".")]
    _write(folder / "index.html", _environment(), "list.html.j2", {"names": names})


def _write(path: Path, environment: Environment, template: str, told: Mapping[str, object]) -> None:
    path.write_text(environment.get_template(template).render(told), encoding="utf-8")


def _environment() -> Environment:
    """Return an environment in which all text is escaped and a name that is not there is an error."""
    environment = Environment(
        loader=PackageLoader("orchestration.audit.report"),
        autoescape=jinja2.select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"theme": read_theme(), "sparkline": sparkline.draw, "gate_words": _GATE_WORDS}
    environment.filters |= {
        # A name is one long word: it may go on in the next line after each part of it.
        "breakable": lambda name: escape(name).replace("_", Markup("_<wbr>")),
        "day": lambda value: f"{value:%d %B %Y}" if value else _NOTHING,
        "moment": lambda value: f"{value:%d %B %Y %H:%M} UTC" if value else _NOTHING,
        "number": lambda value: _NOTHING if value is None else f"{value:,}",
    }
    return environment


def _feeds(run: Run, lineage: Lineage) -> Iterable[Page]:
    for name, about in sorted(lineage.feeds.items()):
        yield Page(
            kind="feed",
            name=name,
            title=name.replace("__", ": ").replace("_", " "),
            about=about,
            checks=tuple(check for check in run.checks if (check.gate, check.table_name) == ("raw", name)),
            deliveries=tuple(one for one in run.deliveries if one.feed == name)[:_NEWEST],
            quarantine=tuple(one for one in run.quarantine if one.feed == name),
        )


def _dimensions(run: Run) -> Iterable[Page]:
    for name in DIMENSIONS:
        checks = tuple(check for check in run.checks if check.dimension == name)
        yield Page("dimension", name, name.capitalize(), f"Checks of {name}, of all gates.", checks)


def _measures(run: Run, lineage: Lineage) -> Iterable[Page]:
    """A measure is touched by the checks of what it stands on; those of the marts are about all measures alike."""
    for measure in lineage.measures:
        yield Page(
            kind="measure",
            name=measure.measure_id,
            title=measure.title,
            about=measure.plain_words,
            checks=tuple(check for check in run.checks if check.table_name in measure.tables and check.gate != "marts"),
            feeds=tuple(sorted(measure.tables & set(lineage.feeds))),
        )


def _gates(checks: Iterable[Check]) -> list[dict[str, object]]:
    """Return for each gate what was asked and answered; a gate that was not asked has no time."""
    listed = tuple(checks)
    found = []
    for gate in get_args(Gate):
        mine = [check for check in listed if check.gate == gate]
        failed = [check for check in mine if not check.is_success]
        found.append(
            {
                "name": gate,
                "checked_at": max((check.checked_at for check in mine), default=None),
                "attempt": max((check.attempt for check in mine), default=None),
                "asked": len(mine),
                "passed": len(mine) - len(failed),
                "errors": sum(check.is_error for check in failed),
                "critical": sum(check.severity == "critical" and not check.is_error for check in failed),
                "warnings": sum(check.severity == "warning" and not check.is_error for check in failed),
            }
        )
    return found


def _data_docs(run: Run, folder: Path, data_docs: Path) -> dict[str, str]:
    """Return addresses, as seen from the report, of the Data Docs and of their page of each table of this run."""
    if not (data_docs / "index.html").exists():
        return {}
    found = {"": os.path.relpath(data_docs / "index.html", folder)}
    for page in sorted(data_docs.glob(f"validations/*/*/{run.run_id}/*/*.html")):
        gate, table = page.relative_to(data_docs / "validations").parts[:2]
        found[f"{gate}.{table}"] = os.path.relpath(page, folder)
    return found
