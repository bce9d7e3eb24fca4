"""The contract of each extract, read from the dbt source that declares it."""

from collections.abc import Iterator
from pathlib import Path

import yaml

from orchestration.extract import declaration
from orchestration.extract.contract import Contract
from orchestration.extract.errors import ContractError
from orchestration.settings import PROJECT


def load(project: Path = PROJECT / "dbt_project") -> tuple[Contract, ...]:
    """Read every contract declared in the dbt project in folder `project`, ordered by name.

    A contract is a table of a source in `models/staging/*/_*__sources.yml` with `config.meta.extract`. Raises
    `ContractError` that names file, table and column when a declaration cannot be used.
    """
    files = sorted(project.glob("models/staging/*/_*__sources.yml"))
    if not files:
        raise ContractError(f"No contract found: {project}/models/staging holds no _<source>__sources.yml.")
    contracts = sorted((c for file in files for c in _read_file(file)), key=lambda c: c.name)
    for what, values in (
        ("the extract", [c.name for c in contracts]),
        ("the file pattern", [c.file_pattern for c in contracts]),
    ):
        for value in declaration.repeated(values):
            raise ContractError(f"In {project}, {what} {value} is declared twice: each needs its own.")
    return tuple(contracts)


def _read_file(file: Path) -> Iterator[Contract]:
    try:
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ContractError(f"{file} is not readable YAML: {' '.join(str(error).split())}") from None
    sources = document.get("sources") if isinstance(document, dict) else None
    if not isinstance(sources, list):
        raise ContractError(f"{file} declares no `sources`.")
    for source in sources:
        if not isinstance(source, dict) or not all(isinstance(t, dict) for t in source.get("tables") or []):
            raise ContractError(f"{file}: each source, and each of its tables, is a mapping with a name.")
        for table in source.get("tables") or []:
            extract = declaration.meta(table).get("extract")
            if extract is not None:
                yield declaration.contract(
                    f"{file.name}, {source.get('name')}.{table.get('name')}", source, table, extract
                )
