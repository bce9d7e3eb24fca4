"""Quality gates as asset checks: a critical failure stops what lies behind the gate, and says so in the ledger."""

from collections.abc import Iterator, Mapping, Sequence

import dagster as dg

from expectations import failing, runner
from expectations.results import CheckResult
from expectations.rules import Gate, Rule
from orchestration.assets import raw
from orchestration.assets.warehouse import Warehouse
from orchestration.extract.contract import Contract
from orchestration.postgres import connection
from orchestration.publication import fingerprint, ledger, publish

SCHEMA: Mapping[Gate, str] = {"raw": raw.GROUP, "entities": "intermediate", "marts": publish.READY}


def gate_checks(
    gate: Gate,
    rules: Sequence[Rule],
    contracts: Sequence[Contract],
    assets: Sequence[dg.AssetKey],
    *,
    endangered: Mapping[str, Sequence[str]],
    read_before: frozenset[dg.AssetKey] = frozenset(),
) -> dg.AssetChecksDefinition:
    """Return the rules of one gate as checks of their tables; all of them run in one operation.

    `assets` are all tables before the gate: it opens when they are done. Those `read_before` it by others of them
    cannot wait for it; what lies behind asks the ledger of checks, too. `endangered` has the measures of each rule.
    """
    mine = {rule.rule_id: rule for rule in rules if rule.gate == gate}
    specs = [
        dg.AssetCheckSpec(
            name=rule.rule_id,
            asset=_asset(gate, rule),
            description=rule.description,
            # A failure stops what lies behind only if its severity is ERROR.
            blocking=_asset(gate, rule) not in read_before,
            metadata=_about(rule, endangered),
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
            endangered=endangered,
        )
        with warehouse.connect() as owner:
            samples = failing.samples(owner, context.run.run_id) if gate == "entities" else {}
            if found.critical_failures:
                reason = f"{gate} gate: {'; '.join(_said(result) for result in found.critical_failures)}"
                ledger.record_refused(owner, fingerprint.of(owner), context.run.run_id, reason)
        for result in found.checks:
            rule = mine[result.rule_id]
            yield dg.AssetCheckResult(
                asset_key=_asset(gate, rule),
                check_name=rule.rule_id,
                passed=result.is_success,
                severity=dg.AssetCheckSeverity.ERROR if result.is_blocking else dg.AssetCheckSeverity.WARN,
                metadata={**_found(result, samples), **_about(rule, endangered)},
            )

    return check


def asked(gate: Gate, rules: Sequence[Rule]) -> list[dg.AssetKey]:
    """Return the tables that a gate has rules about."""
    return sorted({_asset(gate, rule) for rule in rules if rule.gate == gate})


def _asset(gate: Gate, rule: Rule) -> dg.AssetKey:
    layer = publish.SERVED if gate == "marts" else SCHEMA[gate]
    return dg.AssetKey([layer, rule.table_name])


def _about(rule: Rule, endangered: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {
        "dimension": rule.dimension,
        "owner": rule.owner,
        "what to do": rule.what_to_do,
        "endangers": ", ".join(endangered[rule.rule_id]) or "no measure",
    }


def _said(result: CheckResult) -> str:
    """Return the failure as every page tells it: the rule in words before its id, for whom it says nothing."""
    return f"{result.rule.description.rstrip('.')}: {result.observed} [{result.rule_id}]"


def _found(result: CheckResult, samples: Mapping[str, Sequence[str]]) -> dict[str, str | int]:
    """Return what was found; the keys are ids of records such as pages show to those who may see them."""
    told: dict[str, str | int] = {
        "observed": result.observed,
        "failed": result.failed_count or 0,
        "checked": result.checked_count or 0,
    }
    if keys := samples.get(result.rule_id):
        told["sample keys"] = ", ".join(keys)
    return told
