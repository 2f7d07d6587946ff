"""`flask recount`: all counters against the rows that they count, at once."""

from collections import Counter

import click

from webapp.account import counters
from webapp.web import edge


@click.command("recount")
@click.option("--report", is_flag=True, help="Only tell what has drifted; change nothing.")
@click.option("--only", type=click.Choice(list(counters.PARTS)), multiple=True, help="Only these; may be given twice.")
def recount(report: bool, only: tuple[str, ...]) -> None:
    """Count likes, comments, reposts, replies, follows and posts anew, while the site runs.

    A hundred at a time, each under the locks that people's writes take: nothing is lost, nobody waits long. The clock
    does the same once a day. Ends with code 2 if --report finds something.
    """
    drifted: Counter[str] = Counter()
    for part in only or counters.PARTS:
        drifted += count(part, repair=not report)
    for name, number in sorted(drifted.items()):
        click.echo(f"{name:28} {number} {'drifted' if report else 'repaired'}")
    if not drifted:
        click.echo("All counters are what their rows say.")
    elif report:
        raise SystemExit(2)


def count(part: str, *, repair: bool) -> Counter[str]:
    """Count all posts, comments or people anew. Returns which counters had drifted."""
    at, drifted = counters.Round(part=part, began="now"), Counter[str]()
    while at.part == part:
        drifted += edge.command(lambda: counters.step(at, repair=repair))
    return drifted
