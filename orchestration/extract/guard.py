"""What makes a delivery look wrong as a whole: then it is held until somebody decides, and everything else goes on."""

from collections.abc import Iterator
from datetime import date

from orchestration.extract.absence import Silence
from orchestration.extract.contract import Contract
from orchestration.extract.ledger import Delivery

# So many deliveries must have come before their volume says what is usual; so many of the latest are asked.
LEAST_HISTORY, LATEST_HISTORY = 3, 10
# A volume is only far from the usual by at least so many rows: small feeds vary.
_NOTABLE_ROWS = 1000
# Identifiers have changed where more of the old keys are gone, and more of the sent keys are new, than this.
_CHANGED_SCHEME = 0.5
_PROVIDERS_SHOWN = 5


def of_period(contract: Contract, delivery: Delivery) -> Iterator[str]:
    """Yield the reason to hold a bulk replacement of a period longer than the contract's."""
    if delivery.period_start is None or delivery.period_end is None:
        return
    days = (delivery.period_end - delivery.period_start).days + 1
    if days > contract.guards.longest_period_days:
        yield (
            f"it replaces {days:,} days, {_day(delivery.period_start)} to {_day(delivery.period_end)}, where the "
            f"contract expects at most {contract.guards.longest_period_days:g}"
        )


def of_provider(contract: Contract, providers: frozenset[str]) -> Iterator[str]:
    """Yield the reason to hold a file with rows of a provider that is not ours."""
    if contract.provider is None:
        return
    if others := sorted(providers - set(contract.provider.codes)):
        shown = ", ".join(others[:_PROVIDERS_SHOWN]) + (" and others" if len(others) > _PROVIDERS_SHOWN else "")
        yield f"it has rows of provider {shown}, where the contract expects {', '.join(contract.provider.codes)}"


def of_volume(contract: Contract, received: int, usual: float | None) -> Iterator[str]:
    """Yield the reason to hold a delivery of far more rows than `usual`; of far fewer, where absence deletes."""
    if usual is None or abs(received - usual) < _NOTABLE_ROWS:
        return
    ratio = contract.guards.volume_ratio
    if received > usual * ratio or (contract.removes_what_is_absent and received < usual / ratio):
        yield f"it has {received:,} rows, where the latest deliveries had about {usual:,.0f}"


def of_silence(contract: Contract, silence: Silence) -> Iterator[str]:
    """Yield the reason to hold a delivery that would delete too much, or whose identifiers look changed."""
    if not silence.absent:
        return
    gone = silence.absent / silence.observed
    if gone <= contract.guards.deleted_share:
        return
    if gone > _CHANGED_SCHEME and silence.new > _CHANGED_SCHEME * silence.held:
        yield (
            f"its identifiers look changed: {silence.new:,} of its {silence.held:,} keys are new, and "
            f"{silence.absent:,} of the {silence.observed:,} known ones are gone"
        )
        return
    yield (
        f"it would delete {silence.absent:,} of {silence.observed:,} rows ({gone:.0%}), where the contract allows "
        f"{contract.guards.deleted_share:.0%}"
    )


def _day(on: date) -> str:
    return f"{on.day} {on:%B %Y}"
