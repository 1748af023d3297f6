"""The steps of a run, one command each: what a scheduler of one's own would call."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cx import pipeline
from cx.cli_gates import docs, waive
from cx.cli_run import under_lock
from cx.errors import UserError

check = typer.Typer(no_args_is_help=True, help="Ask one of the two doors.", rich_markup_mode=None)
Engine = StrEnum("Engine", ("duckdb", "spark"))
Folder = Annotated[Path, typer.Argument(help="Folder that the extracts were put in.")]


def ingest(context: typer.Context, folder: Folder) -> None:
    """Load every new extract of a folder into raw, each exactly once.

    Example: cx ingest deliveries/2026-10-01
    """
    refused: list[str] = []
    under_lock(context.obj, "ingest", lambda run: refused.extend(pipeline.ingest(run, folder)))
    if refused:
        more = f" (and {len(refused) - 1} more, as told above)" if len(refused) > 1 else ""
        raise UserError(
            f"refused {refused[0]}{more}; every other file is loaded: mend the file or its "
            "contract, then `cx ingest` again"
        )


def build(
    context: typer.Context,
    full: Annotated[
        bool, typer.Option("--full", help="Build everything, not only what new files touched.")
    ] = False,
    target: Annotated[
        Engine, typer.Option(help="What builds: spark is for bases one machine is too small for.")
    ] = Engine.duckdb,
) -> None:
    """Build the models with dbt; on Spark (docs/scale-out.md) always everything.

    Example: cx build --full
    """
    if target is Engine.spark:
        under_lock(context.obj, "build on spark", pipeline.build_on_spark)
        return
    under_lock(context.obj, "build", lambda run: pipeline.build_models(run, again=True, full=full))


def arrivals(context: typer.Context) -> None:
    """Ask whether what came in may go on to the models.

    Example: cx check arrivals
    """
    under_lock(context.obj, "check arrivals", lambda run: pipeline.check_arrivals(run, again=True))


def outputs(context: typer.Context) -> None:
    """Ask whether marts and scores may be published.

    Example: cx check outputs
    """
    under_lock(context.obj, "check outputs", lambda run: pipeline.check_outputs(run, again=True))


def train(context: typer.Context) -> None:
    """Fit and evaluate the estimators.

    Example: cx train
    """
    under_lock(context.obj, "train", lambda run: pipeline.train(run, again=True))


def score(context: typer.Context) -> None:
    """Score every active subscription, with reasons.

    Example: cx score
    """
    under_lock(context.obj, "score", lambda run: pipeline.score(run, again=True))


def publish(context: typer.Context) -> None:
    """Publish marts and scores as a new read-only release.

    Example: cx publish
    """
    under_lock(context.obj, "publish", lambda run: pipeline.publish_release(run, again=True))


def add_to(cli: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (ingest, build, train, score, publish):
        cli.command()(command)
    for command in (arrivals, outputs, docs, waive):
        check.command()(command)
    cli.add_typer(check, name="check")
