"""What can go wrong in ingestion: each message is one sentence, what happened and what to do."""

from orchestration.errors import UsageError, WarehouseError


class ExtractError(WarehouseError):
    """Ingestion could not go on: no such folder, a failing database."""


class ContractError(ExtractError):
    """The declaration of an extract cannot be used, or no longer fits the raw table made from it."""


class FolderError(ExtractError, UsageError):
    """The folder of extracts is not there, or cannot be read."""

    exit_code = UsageError.exit_code


class FileRefusedError(ExtractError):
    """A whole file does not fit its contract. The message, one sentence, becomes its reason in the ledger."""


class DecisionError(ExtractError, UsageError):
    """A delivery cannot be released or rejected: there is no such one, or it is not held."""

    exit_code = UsageError.exit_code


class PlaceError(ExtractError):
    """The place of the extracts does not answer, does not let us in, or is not one that we can read."""


class SourceError(ExtractError):
    """A source's database does not answer, or does not give what a contract's query says."""
