"""Groups of rows without a loop: labels become numbers once, then sums and quantiles of all groups come at a time."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from orchestration.errors import WarehouseError

Numbers = pd.Series | np.ndarray | Sequence[float]
Labels = pd.Series | pd.Index | np.ndarray | Sequence[object]


@dataclass(frozen=True, eq=False)
class Estimates:
    """What was estimated of each group: `frame` has a row per label.

    It stands in `attrs` in place of the frame itself, since pandas compares `attrs` when frames are put together and
    a frame has no truth value.
    """

    frame: pd.DataFrame


@dataclass(frozen=True)
class Groups:
    """The number of the group of each row, from 0, and the label of each number; None where all rows are one group."""

    of: np.ndarray
    labels: pd.Index | None
    count: int

    def total(self, values: np.ndarray) -> np.ndarray:
        """Return the sum of `values` in each group."""
        return np.bincount(self.of, weights=values, minlength=self.count)

    def attrs(self, estimates: dict[str, np.ndarray]) -> dict[str, object]:
        """Return estimates of one group as plain numbers, and of groups by label as `groups`."""
        if self.labels is None:
            return {name: values[0].item() for name, values in estimates.items()}
        return {"groups": Estimates(pd.DataFrame(estimates, index=self.labels))}


def number(by: Labels | None, rows: pd.Index, error: type[WarehouseError]) -> Groups:
    """Return the groups of `rows`, one label of `by` each; raise `error` where their number differs or one is missing.

    Groups are numbered as they first come, so a panel in order of its groups is read in order.
    """
    if by is None:
        return Groups(np.zeros(len(rows), dtype=np.intp), None, 1)
    if len(by) != len(rows):
        raise error(f"There are {len(by)} group labels for {len(rows)} rows; give one label per row.")
    of, labels = pd.factorize(by if isinstance(by, pd.Series | pd.Index) else np.asarray(by))
    if (of < 0).any():
        raise error(f"The row {rows[of < 0][0]!r} has no group; give each row a label.")
    name = by.name if isinstance(by, pd.Series | pd.Index) else None
    return Groups(of, pd.Index(labels, name=name), len(labels))


def columns(values: dict[str, Numbers], error: type[WarehouseError]) -> tuple[pd.Index, dict[str, np.ndarray]]:
    """Return the index of the first of `values` and each of them as floats; raise `error` for unlike lengths."""
    index = next((value.index for value in values.values() if isinstance(value, pd.Series)), None)
    # pandas' own missing value is no float
    floats = {
        name: (value if isinstance(value, pd.Series) else pd.Series(value, dtype="float64")).to_numpy(
            dtype="float64", na_value=np.nan
        )
        for name, value in values.items()
    }
    lengths = {name: len(value) for name, value in floats.items()}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise error(f"The columns have unlike numbers of rows: {told}; give one value per row in each.")
    rows = pd.RangeIndex(next(iter(lengths.values()))) if index is None else index
    return rows, floats


def refuse_unlike_order(values: dict[str, object], error: type[WarehouseError]) -> None:
    """Raise `error` that names the first row where the Series of `values` stand on unlike indexes.

    Values are taken row by row; Series in another order would silently be taken as those of other rows.
    """
    series = {name: value for name, value in values.items() if isinstance(value, pd.Series)}
    first = next(iter(series), None)
    for name, value in series.items():
        index, other = series[first].index, value.index
        if len(index) != len(other) or index.equals(other):
            continue
        at = next(place for place in range(len(index)) if not index[[place]].equals(other[[place]]))
        raise error(
            f"The {name} has row {other[at]!r} where the {first} has row {index[at]!r}; give both on one index."
        )


def refuse(wrong: np.ndarray, rows: pd.Index, error: type[WarehouseError], fault: str) -> None:
    """Raise `error` that names the first row that is `wrong` and tells its `fault`."""
    if wrong.any():
        raise error(f"The row {rows[wrong][0]!r} {fault}")


def quantiles(values: np.ndarray, groups: Groups, shares: Sequence[float]) -> list[np.ndarray]:
    """Return quantiles of `values` in each group: R's type 7, as `numpy.quantile`; missing in a group of no row.

    Type 7 lies at 1 + (n - 1) x share of the ordered values and between two of them in proportion (Hyndman & Fan 1996).
    """
    order = np.argsort(values)
    order = order[np.argsort(groups.of[order], kind="stable")]
    ordered = values[order]
    size = np.bincount(groups.of, minlength=groups.count)
    start = np.cumsum(size) - size
    found = []
    for share in shares:
        place = np.maximum(size - 1, 0) * share
        below = np.floor(place).astype(np.intp)
        above = np.minimum(below + 1, np.maximum(size - 1, 0))
        quantile = np.full(groups.count, np.nan)
        some = size > 0
        low, high = ordered[(start + below)[some]], ordered[(start + above)[some]]
        quantile[some] = low + (high - low) * (place - below)[some]
        found.append(quantile)
    return found
