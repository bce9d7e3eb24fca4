"""What is tried again: a fault that passes by itself, and nothing else."""

import dagster as dg
import psycopg
import pytest

from orchestration.assets.faults import told_once
from orchestration.extract.errors import ContractError, ExtractError, FolderError
from orchestration.postgres.connection import DatabaseError


def caused_by(cause: Exception) -> ExtractError:
    error = ExtractError("x.csv was not loaded, since the database failed: run again once it is well.")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    "error",
    [
        DatabaseError("No connection to PostgreSQL"),
        caused_by(psycopg.errors.AdminShutdown("terminating connection due to administrator command")),
        caused_by(caused_by(psycopg.OperationalError("server closed the connection unexpectedly"))),
        ConnectionResetError("reset by peer"),
        TimeoutError("timed out"),
    ],
    ids=lambda error: type(error.__cause__ or error).__name__,
)
def test_passing_fault__goes_on_to_the_retry_policy(error: Exception) -> None:
    with pytest.raises(type(error)) as raised, told_once():
        raise error
    assert raised.value is error


@pytest.mark.parametrize(
    "error",
    [
        ContractError("_pas__sources.yml, pas.patient: delivery_kind is 'weekly'."),
        FolderError("The folder of extracts /nowhere does not exist."),
        caused_by(psycopg.errors.UndefinedColumn("column does not exist")),
        KeyError("a defect of ours"),
    ],
    ids=lambda error: type(error.__cause__ or error).__name__,
)
def test_other_error__is_told_at_once(error: Exception) -> None:
    with pytest.raises(dg.Failure) as raised, told_once():
        raise error
    assert raised.value.allow_retries is False and raised.value.__cause__ is error


def test_failure__keeps_what_it_says_of_itself() -> None:
    failure = dg.Failure("a gate is closed", allow_retries=False)
    with pytest.raises(dg.Failure) as raised, told_once():
        raise failure
    assert raised.value is failure
