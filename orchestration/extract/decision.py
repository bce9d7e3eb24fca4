"""What becomes of a held delivery: released, it is loaded as if it had arrived now; rejected, it is left out."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from orchestration.extract import folder, held, ledger, load
from orchestration.extract.contracts import Contract
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
        load.prepare(connection, contracts)
        delivery = ledger.held(connection, delivery_id)
        contract = next((one for one in contracts if (one.source, one.table) == _feed(delivery)), None)
        if contract is None:
            raise DecisionError(
                f"Delivery {delivery_id} is of {delivery.source_name}.{delivery.table_name}, which no contract "
                "declares any more: reject it, or declare the extract again."
            )
        file = held.path(settings, delivery)
        if not file.exists():
            raise DecisionError(
                f"The file of delivery {delivery_id}, {delivery.file_name}, is no longer at {file}: reject the "
                "delivery and have the source send it again."
            )
        decided = _decided(delivery, by, because)
        place = load.Progress(delivery.file_name, 1, 1, 0)
        loaded = load.load_arrival(connection, folder.arrival(file, contract), place, released=decided)
    held.forget(settings, delivery)
    return loaded


def reject(settings: Settings, delivery_id: int, *, by: str, because: str) -> Delivery:
    """Leave a held delivery out for good; return it. Raises `DecisionError` when it is not held."""
    with postgres.connect(settings, "owner", autocommit=True) as connection, connection.transaction():
        delivery = ledger.held(connection, delivery_id)
        ledger.lock(connection, delivery.source_name, delivery.table_name)
        delivery = ledger.held(connection, delivery_id)
        decided = ledger.record(connection, replace(_decided(delivery, by, because), state="rejected"))
    held.forget(settings, delivery)
    return decided


def _feed(delivery: Delivery) -> tuple[str, str]:
    return delivery.source_name, delivery.table_name


def _decided(delivery: Delivery, by: str, because: str) -> Delivery:
    return replace(delivery, decided_by=by, decided_at=datetime.now(tz=ZONE), decision_reason=because or None)
