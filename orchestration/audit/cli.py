"""`cpw audit`: commands for auditors. They read what is kept and change nothing of it."""

from pathlib import Path

import click

from orchestration import settings as settings_module

# The rooms are imported by the command that needs them, as in `orchestration.cli`.
# ruff: noqa: PLC0415


@click.group()
def audit() -> None:
    """Prove that results are as they were written, report on a run, or take results along."""


@audit.command()
@click.option("--head", "heads", multiple=True, metavar="HASH", help="A head noted earlier, to find again. Repeatable.")
def verify(heads: tuple[str, ...]) -> None:
    """Walk the chains of check results and publications; exit code 1 if a row was changed, removed or inserted.

    That rows at the end were removed cannot be seen from a chain alone: heads that reports noted are looked for, and
    those that you give.
    """
    from orchestration.audit import noted, verify
    from orchestration.postgres import connection

    settings = settings_module.load()
    with connection.connect(settings, autocommit=True) as owner:
        found = verify.walk(owner)
        click.echo(verify.draw(found))
        wrong = [f"{table} is not as it was written" for table, one in found.items() if not one.is_whole]
        known = noted.read(settings.audit)
        places = verify.find(owner, [*heads, *(head.row_hash for head in known)])
    for head in heads:
        click.echo(f"\nhead {head}: {places.get(head, 'NOT in any chain')}")
        if head not in places:
            wrong.append(f"no chain holds the head {head}: rows were removed, or it is of another warehouse")
    gone = [head for head in known if head.row_hash not in places]
    if known:
        file = settings.audit / noted.FILE
        click.echo(f"\n{len(known) - len(gone)} of the {len(known)} heads in {file} are in their chain.")
    if gone:
        first = gone[0]
        wrong.append(
            f"the head of {first.table_name} of {first.noted_at} ({first.row_hash[:12]}...) is gone: rows were removed"
        )
    if wrong:
        raise verify.AuditError(f"{'; '.join(wrong)}.")


@audit.command()
@click.argument("run", required=False)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder to write to.")
def report(run: str | None, out: Path | None) -> None:
    """Write the report of RUN: the number of a publication, or the id of a run. Without it, of the newest run."""
    from orchestration.audit.report import end

    click.echo(end.write(settings_module.load(), run, out))


@audit.command()
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="File to write. Default: printed.")
def export(out: Path | None) -> None:
    """Write all check results as CSV, with their hashes, oldest first."""
    from orchestration.audit import export
    from orchestration.postgres import connection

    with connection.connect(settings_module.load()) as owner:
        count = export.write(owner, out)
    if out:
        click.echo(f"{count:,} results: {out}")
