"""Rules that every extract gets from its contract alone: rows, ledger, refused or held, quarantine, volume, lag."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from expectations.rules.declared import read
from expectations.rules.rule import Contract, Dimension, Rule, RuleError, Severity

FILE = "feed.yml"
_LIMITS = (
    "quarantine_share_warning",
    "quarantine_share_critical",
    "lag_days_warning",
    "lag_days_critical",
    "volume_share_minimum",
)


def load(file: Path, contracts: Sequence[Contract]) -> tuple[Rule, ...]:
    """Return the rules of every contract's feed, with the limits and owners that `file` declares.

    `file` has `owners` (source -> who answers for it), `essential` (feeds on which published measures stand),
    `optional` (feeds that need never come), `limits` (defaults) and `exceptions` (feed -> limits of its own). Raises
    `RuleError` naming file and key.
    """
    content = read(file)
    names = {contract.name for contract in contracts}
    for key in ("owners", "essential", "optional", "limits", "exceptions"):
        if key not in content:
            raise RuleError(f"raw/{FILE}: key {key} is missing.")
    for key in ("essential", "optional", "exceptions"):
        for name in content[key]:
            if names and name not in names:
                raise RuleError(f"raw/{FILE}: key {key} names {name}, which no contract declares.")
    for name in content["optional"]:
        if name in content["essential"]:
            raise RuleError(f"raw/{FILE}: key optional names {name}, which is essential: remove it from one of them.")
    rules: list[Rule] = []
    for contract in contracts:
        limits = {**content["limits"], **content["exceptions"].get(contract.name, {})}
        for limit in _LIMITS:
            if not isinstance(limits.get(limit), int | float):
                raise RuleError(f"raw/{FILE}: feed {contract.name}: key {limit} must be a number.")
        unknown = sorted(set(limits) - set(_LIMITS))
        if unknown:
            raise RuleError(f"raw/{FILE}: feed {contract.name}: unknown key {unknown[0]}.")
        owner = content["owners"].get(contract.source)
        if not owner:
            raise RuleError(f"raw/{FILE}: key owners does not say who answers for {contract.source}.")
        must_come = contract.name not in content["optional"]
        rules.extend(_feed(contract, owner, contract.name in content["essential"], must_come, limits))
    return tuple(rules)


def _feed(
    contract: Contract, owner: str, is_essential: bool, must_come: bool, limits: Mapping[str, float]
) -> Iterator[Rule]:
    """Yield the rules of one feed. What no measure stands on can warn, but never blocks a publication."""
    severity: Severity = "critical" if is_essential else "warning"

    def rule(
        name: str,
        figure: str,
        dimension: Dimension,
        level: Severity,
        *,
        description: str,
        to_do: str,
        **limit: float,
    ) -> Rule:
        return Rule(
            rule_id=f"{contract.name}__{name}",
            gate="raw",
            table_name=contract.name,
            column_name=figure,
            kind="feed",
            arguments={"feed": contract.name, **limit},
            dimension=dimension,
            severity=level,
            owner=owner,
            description=description,
            what_to_do=to_do,
        )

    if must_come:
        yield rule(
            "has_rows", "row_count", "completeness", severity,
            description="The feed has delivered at least one row.",
            to_do="Ask the source for a complete extract; see raw.delivery for what was refused and why.",
            minimum=1,
        )  # fmt: skip
    yield rule(
        "rows_accounted", "unaccounted_count", "consistency", "critical",
        description="Each delivery has as many rows, in the raw table and in quarantine, as the ledger says.",
        to_do="Someone changed the raw schema by hand, or a loader is at fault: restore the table and load again.",
        maximum=0,
    )  # fmt: skip
    yield rule(
        "latest_delivery_loaded", "not_loaded_count", "timeliness", "warning",
        description="The newest delivery was not refused, and is not held.",
        to_do="Read the reason in raw.delivery: have the source correct a refused file, decide about a held one.",
        maximum=0,
    )  # fmt: skip
    yield rule(
        "no_delivery_held", "held_count", "completeness", "warning",
        description="No delivery waits for somebody to decide about it.",
        to_do="Ask the source about the reason in raw.delivery, then `cpw release` or `cpw reject` the delivery.",
        maximum=0,
    )  # fmt: skip
    yield rule(
        "quarantine_share", "quarantine_share", "validity", "warning",
        description=f"At most {limits['quarantine_share_warning']:.1%} of the newest whole file is in quarantine.",
        to_do="Read the reasons in raw.quarantine and have the rows corrected at the source.",
        maximum=limits["quarantine_share_warning"],
    )  # fmt: skip
    if is_essential:
        yield rule(
            "quarantine_share_critical", "quarantine_share", "validity", "critical",
            description=f"At most {limits['quarantine_share_critical']:.1%} of the newest whole file is in quarantine.",
            to_do="So many rows are missing that measures would mislead: correct the extract before publishing.",
            maximum=limits["quarantine_share_critical"],
        )  # fmt: skip
    yield rule(
        # A snapshot replaces what was known, so a short one deletes; an appended file may rightly be short.
        "volume", "volume_share", "completeness",
        severity if contract.delivery_kind == "full_snapshot" else "warning",
        description=f"The newest delivery has {limits['volume_share_minimum']:.0%} or more of the feed's usual rows.",
        to_do="A short or partial extract is likely: compare with the source and send the whole file again.",
        minimum=limits["volume_share_minimum"],
    )  # fmt: skip
    yield rule(
        "up_to_date", "lag_days", "timeliness", "warning",
        description=f"The feed is at most {limits['lag_days_warning']:g} days behind the newest feed.",
        to_do="Find out why the extract did not arrive; measures of the last days are incomplete.",
        maximum=limits["lag_days_warning"],
    )  # fmt: skip
    if is_essential:
        yield rule(
            "up_to_date_critical", "lag_days", "timeliness", "critical",
            description=f"The feed is at most {limits['lag_days_critical']:g} days behind the newest feed.",
            to_do="A whole reporting month would be missing: wait for the extract before publishing.",
            maximum=limits["lag_days_critical"],
        )  # fmt: skip
