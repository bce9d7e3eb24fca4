"""What can go wrong in ingestion: each message is one sentence, what happened and what to do."""


class ExtractError(RuntimeError):
    """Ingestion could not go on: no such folder, a failing database."""


class ContractError(ExtractError):
    """The declaration of an extract cannot be used, or no longer fits the raw table made from it."""


class FileRefusedError(ExtractError):
    """A whole file does not fit its contract. The message, one sentence, becomes its reason in the ledger."""
