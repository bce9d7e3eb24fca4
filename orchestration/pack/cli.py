"""`cpw pack`: appraisal packs of one clinician or of a department, and whether a file is one."""

from datetime import date, datetime
from pathlib import Path

import click

from orchestration import settings as settings_module

# The rooms are imported by the command that needs them, as in `orchestration.cli`.
# ruff: noqa: PLC0415

MONTH = click.DateTime(["%Y-%m"])
MAKE = "make"


class Pack(click.Group):
    """A group whose first command need not be named: `cpw pack C9100129 --from ...` makes one."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take what names no command for the arguments of `make`."""
        named = {*self.commands, *ctx.help_option_names}
        return super().parse_args(ctx, [MAKE, *args] if args and args[0] not in named else args)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of a name, `make` for what is none."""
        return super().get_command(ctx, cmd_name) or super().get_command(ctx, MAKE)


@click.group(cls=Pack, context_settings={"help_option_names": ["-h", "--help"]})
def pack() -> None:
    """Appraisal packs: the figures of one clinician over all posts as a PDF, and whether a file is one.

    `cpw pack CLINICIAN --from 2025-04 --to 2026-03` is short for `cpw pack make CLINICIAN ...`.
    """


@pack.command(MAKE)
@click.argument("clinician", required=False)
@click.option("--department", metavar="CODE", help="Instead of CLINICIAN: all who held a post in the department.")
@click.option("--from", "first", type=MONTH, required=True, metavar="YYYY-MM", help="First month.")
@click.option("--to", "last", type=MONTH, required=True, metavar="YYYY-MM", help="Last month.")
@click.option("--publication", "publication_id", type=click.IntRange(1), help="A publication that was kept.")
@click.option("--out", type=click.Path(path_type=Path), help="File, or the folder for a department.")
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="Packs made at once.")
def make(  # noqa: PLR0917 - click hands them over by name
    clinician: str | None,
    department: str | None,
    first: datetime,
    last: datetime,
    publication_id: int | None,
    out: Path | None,
    workers: int,
) -> None:
    """Make the pack of CLINICIAN (consultant code, user name, post or name) for the months from and to."""
    from orchestration.pack import batch
    from orchestration.pack.asked import Period, check_period
    from orchestration.pack.errors import PackError

    if (clinician is None) == (department is None):
        raise click.UsageError("Give a CLINICIAN, or '--department'.")
    if department is not None and out is None:
        raise click.UsageError("'--department' needs '--out', the folder for the packs.")
    settings, period = settings_module.load(), Period(_month(first), _month(last))
    check_period(period)
    if clinician is not None:
        order = batch.Order(clinician, period, publication_id, out or Path(batch.file_name(_plain(clinician), period)))
        click.echo(str(batch.make(settings, order)))
        return
    wanted = batch.orders(settings, str(department), period, publication_id, Path(str(out)))
    made: list[batch.Made] = []

    def tell(one: batch.Made) -> None:
        made.append(one)
        click.echo(f"{len(made)}/{len(wanted)} {one.reason or one.order.out.name}", err=True)

    batch.run(settings, wanted, workers, tell)
    written = sum(one.reason is None for one in made)
    if not written:
        raise PackError(f"No pack was made: {made[0].reason}")
    click.echo(f"{written} of {len(wanted)} packs in {out}.")


@pack.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def verify(file: Path) -> None:
    """Tell whether FILE is a pack as it was made; needs no database. The exit code is 0 only if it is.

    With the key of an installation (`CPW_HOME`) also whether that installation made it.
    """
    from orchestration.pack import verify as verifier
    from orchestration.pack.seal import KEY_FILE

    kept = settings_module.load().secrets / KEY_FILE
    click.echo(verifier.file(file, kept.read_text().encode() if kept.exists() else None).sentence)


def _month(moment: datetime) -> date:
    return moment.date().replace(day=1)


def _plain(name: str) -> str:
    """Return a name as part of a file's name."""
    return "".join(letter if letter.isalnum() else "-" for letter in name)
