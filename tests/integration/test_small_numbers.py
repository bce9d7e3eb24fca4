"""Small numbers outside their unit: shown to nobody, and not to be computed from all that a reader is shown."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from tests.installations import BuiltWarehouse, as_reader

# What a figure is made of: a department's month while it stood under one division, from its first record on, and what
# stands directly under the trust.
_ATOMS = """
select p.measure_id, p.month_on, p.org_unit_key as department, bridge.ancestor_org_unit_key as division
from marts.performance as p
inner join marts.dim_org_unit as u using (org_unit_key)
inner join marts.dim_month as month using (month_on)
inner join marts.bridge_org_unit as bridge
    on p.org_unit_key = bridge.org_unit_key and bridge.depth = 1
    and bridge.valid_from_on <= month.month_end_on and coalesce(bridge.valid_to_on, 'infinity') >= month.month_on
inner join marts.dim_org_unit as above on bridge.ancestor_org_unit_key = above.org_unit_key
where u.org_unit_level = 'department' and above.now_of_org_unit_key is null
union
select p.measure_id, p.month_on, p.org_unit_key, 'none'
from marts.performance as p
inner join marts.dim_org_unit as u using (org_unit_key)
where u.is_unattributed and u.department_key is null
"""
_SMALL = """
select p.org_unit_key, p.measure_id, p.month_on,
    p.record_count > 0 and coalesce(p.denominator, p.record_count) < m.minimum_denominator as month_is_small,
    p.record_count_12m > 0 and coalesce(p.denominator_12m, p.record_count_12m) < m.minimum_denominator as year_is_small
from marts.performance as p
inner join marts.dim_measure as m using (measure_id)
inner join marts.dim_month as month using (month_on)
inner join marts.dim_org_unit as u using (org_unit_key)
where month.is_complete and u.org_unit_level in ('department', 'division')
"""
_SHOWN = (
    "select org_unit_key, measure_id, month_on, record_count is not null as month_is_shown,"
    " record_count_12m is not null as year_is_shown, audience from marts.performance_shown"
)


@dataclass(frozen=True)
class Trust:
    """What the warehouse knows: atoms (department x division x month), small cells, members of units now."""

    atoms: pd.DataFrame
    small: pd.DataFrame
    members_now: pd.DataFrame


@pytest.fixture(scope="module")
def trust(warehouse: BuiltWarehouse) -> Trust:
    members_now = warehouse.query(
        "select now.org_unit_key, bridge.org_unit_key as department from marts.dim_org_unit as now"
        " inner join marts.bridge_org_unit as bridge on now.org_unit_key = bridge.ancestor_org_unit_key"
        " where now.now_of_org_unit_key is not null and bridge.depth = 1"
    )
    return Trust(_dated(warehouse.query(_ATOMS)), _dated(warehouse.query(_SMALL)), members_now)


def _dated(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(month=pd.to_datetime(frame["month_on"]).dt.to_period("M"))


@pytest.fixture(scope="module")
def readers(warehouse: BuiltWarehouse) -> dict[str, pd.DataFrame]:
    """What each director, and one executive for all, is shown: asked of the database as that person."""
    people = warehouse.query(
        "select user_name from marts.person where leadership_level = 'division'"
        " union select min(user_name) from marts.person where leadership_level = 'executive' order by 1"
    )
    shown = {}
    for user in people["user_name"]:
        with as_reader(warehouse.settings, user) as reader:
            cursor = reader.execute(_SHOWN)
            shown[user] = _dated(pd.DataFrame(cursor.fetchall(), columns=[c.name for c in cursor.description or ()]))
    return shown


def parts(trust: Trust, atoms: pd.DataFrame, unit: str) -> np.ndarray:
    """Return which of the atoms count in a unit."""
    level = unit.split(":", maxsplit=1)[0]
    if level == "trust":
        return np.ones(len(atoms), dtype=bool)
    if level == "department":
        return (atoms["department"] == unit).to_numpy()
    if level == "division":
        return (atoms["division"] == unit).to_numpy()
    members = trust.members_now.loc[trust.members_now["org_unit_key"] == unit, "department"]
    return atoms["department"].isin(members).to_numpy()


def vectors(trust: Trust, atoms: pd.DataFrame, cells: pd.DataFrame, months: int) -> np.ndarray:
    """Return each cell as the atoms that it sums: those of its month, or of `months` up to it."""
    number = (atoms["month"].dt.year * 12 + atoms["month"].dt.month).to_numpy()
    of_unit = {unit: parts(trust, atoms, unit) for unit in cells["org_unit_key"].unique()}
    rows = [
        of_unit[unit] & (number <= month.year * 12 + month.month) & (number > month.year * 12 + month.month - months)
        for unit, month in zip(cells["org_unit_key"], cells["month"], strict=True)
    ]
    return np.array(rows, dtype=float).reshape(len(rows), len(atoms))


def determined(known: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Return which rows of `asked` are a linear combination of the rows of `known`."""
    if not len(asked):
        return np.zeros(0, dtype=bool)
    _, size, right = np.linalg.svd(known, full_matrices=False)
    space = right[size > 1e-9]
    rest = asked - (asked @ space.T) @ space
    return np.linalg.norm(rest, axis=1) < 1e-6


def opened(trust: Trust, shown: pd.DataFrame, measure_id: str, *, hidden_alone: bool = False) -> list[str]:
    """Return the small cells of a measure that the shown ones tell, directly or by sums and differences.

    Months before a unit's first record are known to have none. Not counted is what the reader's own figures tell by
    themselves: a division of which one department alone has records is that department. With `hidden_alone` all but
    the small cells themselves is taken as shown.
    """
    atoms = trust.atoms[trust.atoms["measure_id"] == measure_id]
    cells = shown[shown["measure_id"] == measure_id]
    outside = cells[cells["audience"] == "outside"]
    small = trust.small[trust.small["measure_id"] == measure_id].merge(
        outside[["org_unit_key", "month"]], on=["org_unit_key", "month"]
    )
    if hidden_alone:
        cells = cells.merge(small[["org_unit_key", "month", "month_is_small", "year_is_small"]], how="left")
        cells = cells.assign(
            month_is_shown=cells["month_is_small"].ne(True), year_is_shown=cells["year_is_small"].ne(True)
        )
    known = np.concatenate(
        [
            vectors(trust, atoms, cells[cells["month_is_shown"]], 1),
            vectors(trust, atoms, cells[cells["year_is_shown"]], 12),
        ]
    )
    own = cells[cells["audience"] == "inside"]
    own_figures = np.concatenate([vectors(trust, atoms, own, 1), vectors(trust, atoms, own, 12)])
    found = []
    for kind, months in (("month", 1), ("year", 12)):
        asked = small[small[f"{kind}_is_small"]]
        vector = vectors(trust, atoms, asked, months)
        is_open = determined(known, vector) & ~determined(own_figures, vector)
        found += [f"{kind} {row.org_unit_key} {row.month}" for row in asked[is_open].itertuples()]
    return found


def test_no_small_number__is_shown_outside_or_can_be_computed(trust: Trust, readers: dict[str, pd.DataFrame]) -> None:
    told = {}
    for user, shown in readers.items():
        for measure_id in shown["measure_id"].unique():
            if found := opened(trust, shown, measure_id):
                told[user, measure_id] = found[:5]
    assert readers
    assert told == {}


def test_small_cells_alone_hidden__would_be_computed(trust: Trust, readers: dict[str, pd.DataFrame]) -> None:
    """The attack of the test above finds what suppression without its complement would leave open."""
    found = [
        cell
        for shown in readers.values()
        for measure_id in ("emergency_readmission_30d", "oxford_hip_gain", "mortality_30d")
        for cell in opened(trust, shown, measure_id, hidden_alone=True)
    ]
    assert any(cell.startswith("month department") for cell in found)
    assert any(cell.startswith("year department") for cell in found)


def test_inside__everything_is_shown(warehouse: BuiltWarehouse) -> None:
    """A clinical lead sees the department and everybody in it, whatever the numbers."""
    lead = warehouse.query("select min(user_name) as user_name from marts.person where leadership_level = 'department'")
    with as_reader(warehouse.settings, lead["user_name"].item()) as reader:
        hidden, cells = reader.execute(
            "select count(*) filter (where is_suppressed or is_suppressed_12m), count(*) from marts.performance_shown"
        ).fetchone()
    assert cells and not hidden


def test_pages__say_that_it_is_not_shown(warehouse: BuiltWarehouse) -> None:
    """What is hidden is hidden in every text too."""
    executive = warehouse.query(
        "select min(user_name) as user_name from marts.person where leadership_level = 'executive'"
    )
    with as_reader(warehouse.settings, executive["user_name"].item()) as reader:
        rows = reader.execute(
            "select value_12m_text, record_count_12m, compared_n_label, numerator_12m, display_value_12m"
            " from marts.rpt_comparison where audience = 'outside' and value_12m_text = 'Not shown'"
        ).fetchall()
    assert rows
    for text, record_count, label, numerator, value in rows:
        assert (text, record_count, numerator, value) == ("Not shown", None, None, None)
        assert label.endswith("(small numbers)")
