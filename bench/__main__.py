"""`make bench`: measure, print the tables. It keeps its server and its extracts in CPW_HOME/bench."""

import sys
from pathlib import Path

import click

from bench import measure, peers, report, trust
from bench.errors import BenchError
from orchestration import settings as settings_module
from orchestration.errors import WarehouseError
from orchestration.postgres import server

# About 1.06 million rows a year, patients included.
CLINICIANS = 330


@click.command()
@click.option("--years", default="1,10", show_default=True, help="Sizes to measure, in trust-years.")
@click.option("--clinicians", type=click.IntRange(16, 5000), default=CLINICIANS, show_default=True)
@click.option("--rounds", type=click.IntRange(1), default=3, show_default=True, help="Of a run that is not long.")
@click.option("--peers", "peer_names", default="adbc,dlt,pandas", show_default=True, help="none: measure ours only.")
def main(years: str, clinicians: int, rounds: int, peer_names: str) -> None:
    """Measure the loader beside a bare COPY and beside other loaders, in one run."""
    try:
        sizes = sorted({int(count) for count in years.split(",")})
        if not all(1 <= count <= 19 for count in sizes):
            raise ValueError(years)
    except ValueError:
        raise click.UsageError(f"--years is {years!r}: give numbers from 1 to 19, with commas.") from None
    names = [] if peer_names == "none" else peer_names.split(",")
    if unknown := set(names) - set(peers.PEERS):
        raise click.UsageError(f"No such peer: {', '.join(sorted(unknown))}; known are {', '.join(peers.PEERS)}.")
    try:
        _run(sizes, clinicians, rounds, names)
    except WarehouseError as error:
        click.echo(f"bench: {error}", err=True)
        sys.exit(1)


def _run(sizes: list[int], clinicians: int, rounds: int, names: list[str]) -> None:
    home = settings_module.load().home / "bench"
    settings = measure.own_settings(home)
    peer_python = Path(sys.prefix).parent / "bench" / "bin" / "python"
    if names and not peer_python.exists():
        raise BenchError("The peers' environment is missing: run `make bench`, which sets it up, or give --peers none.")
    bench = measure.Bench(settings, Path(sys.executable), peer_python, _say)
    samples = trust.samples(home, sizes, clinicians, _say)
    try:
        machine = report.machine(bench.prepare())
        found = [bench.sample(sample, rounds) for sample in samples]
        click.echo("\n".join(["", machine, "", *report.loads(found)]))
        if names:
            click.echo("\n".join(["", *report.peers(bench.peers(samples[-1], names, rounds))]))
    finally:
        server.stop(settings)


def _say(text: str) -> None:
    click.echo(text, err=True)


if __name__ == "__main__":
    main()
