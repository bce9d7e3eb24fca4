"""Load files within a run of Dagster: what is loaded is said in its log, what may pass by itself is tried again."""

from collections.abc import Callable, Sequence

import dagster as dg

from orchestration import intake
from orchestration.assets.announcement import announce
from orchestration.assets.faults import told_once
from orchestration.assets.warehouse import Warehouse
from orchestration.extract.contract import Contract
from orchestration.extract.folder import Arrival
from orchestration.extract.ledger import Delivery
from orchestration.extract.load import Progress
from orchestration.settings import Settings


def load(
    context: dg.AssetExecutionContext,
    warehouse: Warehouse,
    settings: Settings,
    contracts: Sequence[Contract],
    takes: Callable[[Arrival], bool],
    *,
    databases_of: Sequence[Contract] = (),
) -> list[Delivery]:
    """Load the files that `takes` chooses; return the new deliveries. Each ends in the ledger, with a sentence.

    A place or a database that still fails after some attempts is told, and keeps nothing else from being loaded.
    """
    named: set[str] = set()

    def name(at: Progress) -> None:
        """Name each file once, and a large one again with each million of rows."""
        millions = f", {at.row_count // 1_000_000} million rows" if at.row_count >= 1_000_000 else ""
        text = f"file {at.file_number}/{at.file_count} {at.file_name}{millions}"
        if text not in named:
            named.add(text)
            context.log.info(text)

    with told_once(), warehouse.connect() as owner:  # it is held, even if the database was restarted since
        taken = intake.take(
            settings,
            contracts,
            takes,
            databases_of=databases_of,
            on_progress=name,
            on_news=context.log.info,
        )
        announce(owner, context.instance, contracts)
    for delivery in taken.new:
        if delivery.reason or delivery.quarantined_count:
            context.log.info(delivery.sentence)
    for problem in taken.problems:
        context.log.warning(problem)
    for stray in taken.unmatched:
        context.log.info(f"{stray.path.name} was left alone: {stray.reason}.")
    return list(taken.new)


def counts(deliveries: Sequence[Delivery]) -> dict[str, int]:
    """Return the metadata of a materialization: how many deliveries were new, and what became of their rows."""
    return {
        "new deliveries": len(deliveries),
        "refused": sum(d.state == "refused" for d in deliveries),
        "held": sum(d.state == "held" for d in deliveries),
        "received": sum(d.received_count for d in deliveries),
        "loaded": sum(d.loaded_count for d in deliveries),
        "unchanged": sum(d.unchanged_count for d in deliveries),
        "quarantined": sum(d.quarantined_count for d in deliveries),
        "deleted": sum(d.deleted_count for d in deliveries),
    }
