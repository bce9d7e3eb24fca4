"""Every rule of all gates: derived from the contracts of extracts, or declared in the YAML files beside this one."""

from collections.abc import Sequence
from pathlib import Path

from expectations.rules import declared, feed
from expectations.rules.rule import GATES, Contract, Gate, Rule, RuleError

__all__ = ["GATES", "Contract", "Gate", "Rule", "RuleError", "load"]

FOLDER = Path(__file__).parent


def load(contracts: Sequence[Contract], folder: Path = FOLDER) -> tuple[Rule, ...]:
    """Return the rules of all gates in their order, and there in that of contracts and files.

    `contracts` are those of the extracts, `folder` holds `<gate>/*.yml`. Great Expectations is
    not imported: Dagster needs the rules when it starts. Raises `RuleError` naming file, rule and key.
    """
    rules = (
        *feed.load(folder / "raw" / feed.FILE, contracts),
        *(
            rule
            for gate in GATES
            for file in sorted((folder / gate).glob("*.yml"))
            if file.name != feed.FILE
            for rule in declared.load(file, gate, contracts)
        ),
    )
    seen: set[str] = set()
    for rule in rules:
        if rule.rule_id in seen:
            raise RuleError(f"Two rules have the id {rule.rule_id}: rename one of them.")
        seen.add(rule.rule_id)
    return rules
