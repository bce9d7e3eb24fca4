"""What becomes of a held delivery: released, it is loaded as if it had arrived now; rejected, it is left out."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from orchestration.extract import delivery, folder, held, ledger, raw_table
from orchestration.extract.contract import Contract
from orchestration.extract.data_types import ZONE
from orchestration.extract.errors import DecisionError
from orchestration.extract.ledger import Delivery
from orchestration.postgres import connection as postgres
from orchestration.settings import Settings


def release(
    settings: Settings, delivery_id: int, contracts: Sequence[Contract], *, by: str, because: str = ""
) -> Delivery:
    """Load a held delivery whatever the guards say; return it.

    It takes its place by its extract time, as a late delivery does. `by` is who decided. Raises `DecisionError` when it
    is not held, when no contract is its own any more or its file is gone, `ExtractError` when the database fails.
    """
    with postgres.connect(settings, "owner", autocommit=True) as connection:
        raw_table.prepare(connection, contracts)
        waiting = ledger.held(connection, delivery_id)
        contract = next((one for one in contracts if (one.source, one.table) == _feed(waiting)), None)
        if contract is None:
            raise DecisionError(
                f"Delivery {delivery_id} is of {waiting.source_name}.{waiting.table_name}, which no contract "
                "declares any more: reject it, or declare the extract again."
            )
        file = held.path(settings, waiting)
        if not file.exists():
            raise DecisionError(
                f"The file of delivery {delivery_id}, {waiting.file_name}, is no longer at {file}: reject the "
                "delivery and have the source send it again."
            )
        decided = _decided(waiting, by, because)
        loaded = delivery.load(connection, folder.arrival(file, contract), released=decided)
    held.forget(settings, waiting)
    return loaded


def reject(settings: Settings, delivery_id: int, *, by: str, because: str) -> Delivery:
    """Leave a held delivery out for good; return it. Raises `DecisionError` when it is not held."""
    with postgres.connect(settings, "owner", autocommit=True) as connection, connection.transaction():
        waiting = ledger.held(connection, delivery_id)
        ledger.lock(connection, waiting.source_name, waiting.table_name)
        waiting = ledger.held(connection, delivery_id)
        decided = ledger.record(connection, replace(_decided(waiting, by, because), state="rejected"))
    held.forget(settings, waiting)
    return decided


def _feed(held_one: Delivery) -> tuple[str, str]:
    return held_one.source_name, held_one.table_name


def _decided(waiting: Delivery, by: str, because: str) -> Delivery:
    return replace(waiting, decided_by=by, decided_at=datetime.now(tz=ZONE), decision_reason=because or None)
