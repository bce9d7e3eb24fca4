"""Statistics as assets: from the ready marts, before the models that show them, as their source declares them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import psycopg

from orchestration.assets import faults
from orchestration.assets.warehouse import Warehouse
from orchestration.comparison import declaration
from orchestration.comparison.declaration import Place, Table
from orchestration.publication import fingerprint, ledger, publish

GROUP = "statistics"
_STRUCTURE = ("dim_measure", "dim_org_unit", "bridge_org_unit")


def key(table: str) -> dg.AssetKey:
    """Return the key of a table of statistics: it is one of the marts."""
    return dg.AssetKey(["marts", table])


def statistic_assets(manifest: Path, asked: Sequence[dg.AssetKey]) -> list[dg.AssetsDefinition]:
    """Return the assets that make the tables of the dbt source `statistics`, in the order of their making.

    `asked` are the tables whose gate must have been passed before the trust of figures is known.
    """
    declared = declaration.declared(manifest)

    # Imported in the steps: pandas and SciPy take seconds, and only a run needs them.
    def expect(owner: psycopg.Connection, place: Place, say: Callable[[str], object]) -> Mapping[str, int]:
        """Fit the case-mix models, each judged by those of other clinicians, and tell what is expected of records."""
        from orchestration.comparison import case_mix  # noqa: PLC0415

        return case_mix.write(owner, place, declared, say)

    def trust(owner: psycopg.Connection, place: Place, say: Callable[[str], object]) -> Mapping[str, int]:
        """Tell which failing rules touch which figures."""
        from orchestration.comparison import trust  # noqa: PLC0415

        return trust.write(owner, place, declared, say)

    def compare(owner: psycopg.Connection, place: Place, say: Callable[[str], object]) -> Mapping[str, int]:
        """Give every figure its limits, its reliability and its state, and find steps in the level of a unit."""
        from orchestration.comparison import figures  # noqa: PLC0415

        return figures.write(owner, place, declared, say)

    def follow(owner: psycopg.Connection, place: Place, say: Callable[[str], object]) -> Mapping[str, int]:
        """Follow outcomes record by record."""
        from orchestration.comparison import sequence  # noqa: PLC0415

        return sequence.write(owner, place, declared, say)

    return [
        _asset(
            expect,
            [declared[name] for name in ("record_expected", "case_mix_model", "case_mix_calibration")],
            [*map(key, ("measure_record", *_STRUCTURE)), dg.AssetKey(["intermediate", "int_case_mix"])],
        ),
        _asset(
            trust,
            [declared["measure_trust"]],
            [*map(key, ("measure_record", "performance", "measure_feed", "dim_month", *_STRUCTURE)), *asked],
        ),
        _asset(
            compare,
            [declared[name] for name in ("performance_statistic", "unit_change")],
            [
                *map(key, ("performance", "performance_outside", "record_expected", "case_mix_model", "measure_trust")),
                *map(key, ("measure_exclusion", "measure_feed", "dim_month", *_STRUCTURE)),
            ],
        ),
        _asset(
            follow,
            [declared["unit_cusum"]],
            [*map(key, ("measure_record", "record_expected", *_STRUCTURE))],
        ),
    ]


def _asset(
    make: Callable[[psycopg.Connection, Place, Callable[[str], object]], Mapping[str, int]],
    made: list[Table],
    deps: list[dg.AssetKey],
) -> dg.AssetsDefinition:
    """Return the asset of the tables that `make` makes, which returns their rows."""
    specs = [
        dg.AssetSpec(
            key(table.name), deps=deps, group_name=GROUP, kinds={"python", "postgres"}, description=table.description
        )
        for table in made
    ]

    def compute(context: dg.AssetExecutionContext, warehouse: Warehouse) -> Iterator[dg.MaterializeResult]:
        with faults.told_once(), warehouse.connect() as owner, _refusing(owner, context.run_id):
            known_before = publish.made_from(owner).known_before
            rows = make(owner, Place(publish.READY, "intermediate", known_before, context.run_id), context.log.info)
        for name, count in rows.items():
            yield dg.MaterializeResult(asset_key=key(name), metadata={"rows": count})

    return dg.multi_asset(
        specs=specs, name=f"{make.__name__}_statistics", retry_policy=faults.RETRY, description=make.__doc__
    )(compute)


@contextmanager
def _refusing(owner: psycopg.Connection, run_id: str) -> Iterator[None]:
    """Record that nothing is published where statistics cannot be computed; the fault itself goes on."""
    try:
        yield
    except Exception as error:
        if not faults.passes(error):
            reason = f"statistics could not be computed ({type(error).__name__}): see the log of the run"
            ledger.record_refused(owner, fingerprint.of(owner), run_id, reason)
        raise
