"""What a changed definition would move, as text for people."""

from orchestration.measure.diff import Comparison, MeasureMove, UnitMove
from orchestration.measure.figure import Scale, how_many, table

_RIGHT = ("before", "(n)", "after", "(n) ", "difference", "months")


def draw(found: Comparison) -> str:
    """Return, for each measure, its versions, records and the units that move; then one sentence about all of it."""
    quiet = [one for one in found.measures if _is_quiet(one)]
    blocks = [_measure(one) for one in found.measures if not _is_quiet(one)]
    last = []
    if quiet:
        last.append(f"Nothing moves in {', '.join(one.after.measure_id for one in quiet)}.")
    if found.deliveries_since:
        came = f"{how_many(found.deliveries_since, 'file')} {'was' if found.deliveries_since == 1 else 'were'} loaded"
        last.append(
            f"{came} since publication {found.publication_id}, and may move figures, too: to see the definition alone, "
            "publish them first, with the former definition."
        )
    last.append(f"Compared with publication {found.publication_id}; nothing was published.")
    return "\n\n".join("\n".join(block) for block in [*blocks, last])


def _is_quiet(move: MeasureMove) -> bool:
    return (
        move.before is not None
        and move.records.is_nothing
        and not move.other_words
        and move.before.definition_version == move.after.definition_version
        and not any(unit.month_count or unit.is_other for unit in move.units)
    )


def _measure(move: MeasureMove) -> list[str]:
    before, after, records = move.before, move.after, move.records
    if before is None:
        return [
            f"{after.title} ({after.measure_id}) is new, version {after.definition_version}",
            f"  records: {records.came_in:,} count, {records.other_reason:,} are left out",
            f"  {how_many(len(move.units), 'unit')} get a figure{_trust(move)}.",
        ]
    moved = [unit for unit in move.units if unit.month_count]
    others = [unit for unit in move.units if unit.is_other and not unit.month_count]
    lines = [
        f"{after.title} ({after.measure_id}), version {before.definition_version} -> {after.definition_version}",
        *([f"  reads otherwise: {', '.join(move.other_words)}"] if move.other_words else []),
        f"  records: {records.came_in:,} came in, {records.went_out:,} went out, {records.changed:,} count otherwise, "
        f"{records.other_reason:,} left out for another reason; {records.unchanged:,} count as before",
    ]
    if moved:
        lines += ["", *(f"  {line}" for line in _units(moved, after.scale)), ""]
    lines.append(f"  {len(moved):,} of {how_many(len(move.units), 'unit')} move{_trust(move)}.")
    if others:
        lines.append(f"  {how_many(len(others), 'more unit')}: same 12-month values, made of other records or months.")
    if move.lacks_version:
        lines.append(
            f"  The definition changed but its version is still {after.definition_version}: raise `version` in "
            f"{move.declared_in}."
        )
    return lines


def _units(moved: list[UnitMove], scale: Scale) -> list[str]:
    """Return the units from the trust down, those that move most first, each in its month of the largest difference."""
    rows = [
        (
            unit.org_unit_name,
            unit.org_unit_key,
            f"{unit.month_on:%Y-%m}",
            scale.value(unit.value_before),
            f"({unit.count_before:,})",
            scale.value(unit.value_after),
            f"({unit.count_after:,})",
            scale.difference(unit.value_before, unit.value_after),
            f"{unit.month_count:,}",
        )
        for unit in moved
    ]
    return table(("12 months", "unit", "to", *_RIGHT), rows, right=_RIGHT)


def _trust(move: MeasureMove) -> str:
    """Return what becomes of the trust in the last month."""
    trust, scale = move.trust, move.after.scale
    if trust is None:
        return ""
    before, after = scale.value(trust.value_before), scale.value(trust.value_after)
    months = f"in the 12 months to {trust.month_on:%B %Y}"
    if move.before is None:
        return f"; the trust's is {after} {months}"
    if trust.value_before == trust.value_after:
        return f"; the trust stays at {after} {months}"
    return f"; the trust from {before} to {after} {months}"
