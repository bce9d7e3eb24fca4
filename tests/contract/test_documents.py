"""What the documents say is so: links lead somewhere, commands and options exist, each key of a contract is told."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from orchestration.cli import cli
from orchestration.extract import declaration
from orchestration.extract.contract import Query
from orchestration.settings import PROJECT

DOCUMENTS = sorted([PROJECT / "README.md", PROJECT / "CONTRIBUTING.md", *(PROJECT / "docs").rglob("*.md")])
TO_DO = [path for path in DOCUMENTS if path.parent.name in {"how-to", "runbooks"}]


def name(path: Path) -> str:
    return str(path.relative_to(PROJECT))


def commands(text: str) -> list[str]:
    """Every `cpw ...` in code, to the end of its line; words about the program itself are not in code."""
    code = re.findall(r"```(?:sh|bash)\n(.*?)```", text, re.DOTALL) + re.findall(r"`([^`\n]+)`", text)
    return [
        found.split("#")[0].strip()
        for block in code
        for line in block.splitlines()
        for found in re.findall(r"(?:^|[/\s])cpw (\S.*)", line)
    ]


def keys(document: str, heading: str) -> set[str]:
    """The keys in the first column of the first table after `heading`."""
    section = (PROJECT / document).read_text().split(heading, 1)[1]
    table = re.search(r"(?:^\|.*\n)+", section, re.MULTILINE)
    assert table, heading
    return set(re.findall(r"^\| `(\w+)`", table[0], re.MULTILINE))


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_link__leads_to_a_file(document: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", document.read_text())
    inside = [link.split("#")[0] for link in links if not re.match(r"[a-z]+:", link)]
    assert not [link for link in inside if link and not (document.parent / link).exists()]


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_command__is_there_with_its_options(document: Path) -> None:
    for words in (found.split() for found in commands(document.read_text())):
        command: click.Command = cli
        for word in words:
            if not isinstance(command, click.Group):
                break
            found = command.get_command(click.Context(command), word)
            assert found, f"cpw {' '.join(words)}"
            command = found
        if command.context_settings.get("ignore_unknown_options"):
            continue  # what follows is for another program
        known = {option for one in command.params if isinstance(one, click.Option) for option in one.opts}
        used = {word.split("=")[0] for word in words if word.startswith("--")}
        assert used <= known | {"--help"}, f"cpw {' '.join(words)}"


def command_names(group: click.Group = cli, above: str = "") -> Iterator[str]:
    """Every command by its whole name, such as `measure diff`."""
    for word, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from command_names(command, f"{above}{word} ")
        else:
            yield f"{above}{word}"


@pytest.mark.parametrize("command", list(command_names()))
def test_command__is_told_in_the_readme(command: str) -> None:
    assert f"`cpw {command}" in (PROJECT / "README.md").read_text()


@pytest.mark.parametrize("document", TO_DO, ids=name)
def test_document_of_what_to_do__is_in_the_readme_and_says_how_to_see_that_it_worked(document: Path) -> None:
    assert f"]({name(document)})" in (PROJECT / "README.md").read_text()
    assert document.read_text().rstrip().split("\n## ")[-1].startswith("See that it worked\n")


def test_new_extract__tells_every_key_that_a_contract_may_have() -> None:
    document = "docs/how-to/new-extract.md"
    assert keys(document, "## How it arrives") == declaration._EXTRACT_KEYS
    assert keys(document, "## Its columns") == declaration._COLUMN_KEYS
    assert keys("docs/how-to/database-source.md", "Below `query`:") == set(Query.__dataclass_fields__)
