"""Quality gates as asset checks: a critical failure stops what lies behind the gate, and says so in the ledger."""

from collections.abc import Iterator, Sequence
from typing import Literal

import dagster as dg

from expectations import runner
from expectations.rules import Rule
from orchestration.assets import raw
from orchestration.assets.warehouse import Warehouse
from orchestration.extract.contract import Contract
from orchestration.postgres import connection
from orchestration.publication import fingerprint, ledger, publish

Gate = Literal["raw", "marts"]
SCHEMA: dict[str, str] = {"raw": "raw", "marts": publish.READY}


def gate_checks(
    gate: Gate,
    rules: Sequence[Rule],
    contracts: Sequence[Contract],
    assets: Sequence[dg.AssetKey],
    read_before: frozenset[dg.AssetKey] = frozenset(),
) -> dg.AssetChecksDefinition:
    """Return the rules of one gate as checks of their tables; all of them run in one operation.

    `assets` are all tables before the gate: it opens when they are done. Those `read_before` it by others of them
    cannot wait for the gate; what lies behind asks the ledger of checks, too.
    """
    mine = {rule.rule_id: rule for rule in rules if rule.gate == gate}
    specs = [
        dg.AssetCheckSpec(
            name=rule.rule_id,
            asset=_asset(gate, rule),
            description=rule.description,
            # A failure stops what lies behind only if its severity is ERROR.
            blocking=_asset(gate, rule) not in read_before,
            metadata={"dimension": rule.dimension, "owner": rule.owner, "what to do": rule.what_to_do},
            additional_deps=[key for key in assets if key != _asset(gate, rule)],
        )
        for rule in mine.values()
    ]

    @dg.multi_asset_check(specs=specs, name=f"check_{gate}", can_subset=False)
    def check(context: dg.AssetCheckExecutionContext, warehouse: Warehouse) -> Iterator[dg.AssetCheckResult]:
        """Run the gate's rules, store what they found, and refuse publication if a critical one failed."""
        settings = warehouse.settings
        found = runner.run_gate(
            connection.dsn(settings, "owner", "postgresql+psycopg"),
            gate,
            run_id=context.run.run_id,
            contracts=contracts,
            data_docs=settings.data_docs,
            schema=SCHEMA[gate],
        )
        if found.critical_failures:
            with warehouse.connect() as owner:
                reason = f"{gate} gate: " + "; ".join(f"{c.rule_id}: {c.observed}" for c in found.critical_failures)
                ledger.record_refused(owner, fingerprint.of(owner), context.run.run_id, reason)
        for result in found.checks:
            rule = mine[result.rule_id]
            yield dg.AssetCheckResult(
                asset_key=_asset(gate, rule),
                check_name=rule.rule_id,
                passed=result.is_success,
                severity=dg.AssetCheckSeverity.ERROR if result.is_blocking else dg.AssetCheckSeverity.WARN,
                metadata={"observed": result.observed or "", "failed": result.failed_count or 0},
            )

    return check


def _asset(gate: Gate, rule: Rule) -> dg.AssetKey:
    return raw.key(rule.table_name) if gate == "raw" else dg.AssetKey(["marts", rule.table_name])
