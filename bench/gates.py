"""What the gates of an installation cost, beside one scan of the tables that they ask: `python -m bench.gates`."""

import tempfile
import time
from pathlib import Path

import click
import psycopg
from psycopg import sql

from expectations import checkpoint, rules
from expectations.rules import GATES, Gate, Rule
from orchestration import settings as settings_module
from orchestration.assets.quality import SCHEMA
from orchestration.extract import contracts as contracts_module
from orchestration.postgres import connection
from orchestration.publication import publish

# A gate that asks before publication asks here what is published.
_ASKED_IN = {**SCHEMA, "marts": publish.SERVED}


def main() -> None:
    """Ask each gate of the installation in CPW_HOME, store nothing, and print what it took."""
    settings = settings_module.load()
    contracts = contracts_module.load()
    declared = rules.load(contracts)
    with connection.connect(settings, autocommit=True) as owner:
        for gate in GATES:
            asked = [rule for rule in declared if rule.gate == gate and _is_there(owner, gate, rule)]
            rows, floor = _scan(owner, gate, asked)
            began = time.perf_counter()
            with tempfile.TemporaryDirectory() as folder:
                checkpoint.ask(
                    asked,
                    dsn=connection.dsn(settings, "owner", "postgresql+psycopg"),
                    gate=gate,
                    run_id="bench",
                    contracts=contracts,
                    schema=_ASKED_IN[gate],
                    folder=Path(folder),
                )
            took = time.perf_counter() - began
            click.echo(
                f"{gate:<9} {len(asked):>4} rules, {rows:>11,} rows: {took:6.1f} s;"
                f" one scan of the tables {floor:6.1f} s, ratio {took / floor:5.1f}"
            )


def _is_there(owner: psycopg.Connection, gate: Gate, rule: Rule) -> bool:
    names = [f"{_ASKED_IN[gate]}.{rule.table_name}", rule.arguments.get("needs")]
    found = owner.execute(
        "select bool_and(to_regclass(name) is not null) from unnest(%s::text[]) as name", [[n for n in names if n]]
    ).fetchone()
    return bool(found and found[0])


def _scan(owner: psycopg.Connection, gate: Gate, asked: list[Rule]) -> tuple[int, float]:
    """Return the rows of the tables asked, and the seconds that it takes to read each row of them once."""
    began = time.perf_counter()
    rows = 0
    for table in sorted({rule.table_name for rule in asked}):
        name = sql.Identifier(_ASKED_IN[gate], table)
        # Counting rows as a whole reads them; count(*) may be answered from an index.
        query = sql.SQL("select count(row) from {} as row").format(name)
        rows += sum(count for (count,) in owner.execute(query))
    return rows, time.perf_counter() - began


if __name__ == "__main__":
    main()
