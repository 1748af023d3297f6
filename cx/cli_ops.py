"""Commands of whoever operates the nights: watch, report, metrics, notify."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Annotated

import typer

from cx.errors import Busy, CheckFailed, UserError
from cx.settings import Settings

notify = typer.Typer(no_args_is_help=True, help="Messages about the nights.", rich_markup_mode=None)


def watch(context: typer.Context) -> None:
    """Look once for late feeds and for a run that died; tell who is to be told (notify.yml).

    To be called every quarter of an hour (deploy/). Exit code 1 when a feed is late or the last
    run did not end well.

    Example: cx watch
    """
    from cx.aftermath import look
    from cx.feeds import lateness
    from cx.verdict import verdict

    settings: Settings = context.obj
    night, sent = look(settings, _now(), lambda line: print(f"note: {line}"))
    tone, sentence = verdict(night)
    print(sentence)
    for feed in night.late:
        print(f"late: {feed.name}: {lateness(feed, night.now)}")
    for target, message in sent:
        print(f"told {target}: {message.title}")
    if night.unread and night.run is None:
        raise UserError(f"the warehouse could not be looked at: {night.unread}")
    if night.late or tone == "bad":
        raise CheckFailed(f"{len(night.late)} feeds are late" if night.late else sentence)


def report(
    context: typer.Context,
    run_id: Annotated[str | None, typer.Argument(help="A run (else the latest).")] = None,
    language: Annotated[str, typer.Option(help="en or ru.")] = "en",
) -> None:
    """Write the report of a run anew and say where it is.

    Example: cx report --language ru
    """
    from cx.night import at_work, night_of
    from cx.report import write_report
    from cx.report_words import LANGUAGES

    settings: Settings = context.obj
    if language not in LANGUAGES:
        raise UserError(f"language is en or ru, not {language!r}")
    if at_work(settings):
        raise Busy("a run is at work; it writes its report when it ends")
    night = night_of(settings, _now(), run_id)
    if night.run is None:
        raise UserError(
            f"there is no run {run_id or ''} in {settings.home} ({night.unread or 'none yet'}); "
            "see logs/, or start with `cx run DIR`"
        )
    print(write_report(settings, night, language))


def metrics(
    context: typer.Context,
    serve: Annotated[
        int | None,
        typer.Option(min=1, max=65535, help="Serve them on 127.0.0.1 at this port instead."),
    ] = None,
) -> None:
    """Print the metrics of the last run for Prometheus, or serve them on this machine.

    Example: cx metrics --serve 9188
    """
    from cx.night import night_from_outside
    from cx.prometheus import NightCollector, exposition

    settings: Settings = context.obj
    if serve is None:
        print(exposition(night_from_outside(settings, _now())), end="")
        return
    from prometheus_client import CollectorRegistry, start_http_server

    registry = CollectorRegistry(auto_describe=False)
    registry.register(NightCollector(lambda: night_from_outside(settings, _now())))
    try:
        _, thread = start_http_server(serve, addr="127.0.0.1", registry=registry)
    except OSError as error:
        raise UserError(f"port {serve} cannot be had ({error.strerror}); choose another") from None
    print(f"metrics on http://127.0.0.1:{serve}/metrics – stop it with Ctrl+C", flush=True)
    while thread.is_alive():
        time.sleep(1)


@notify.command()
def test(context: typer.Context) -> None:
    """Send a test message to every target of notify.yml and say which took it.

    Example: cx notify test
    """
    from cx.notify import config_path, send, targets
    from cx.redaction import redactor

    settings: Settings = context.obj
    found = targets(settings)
    if not found:
        raise UserError(f"{config_path(settings)} names nobody to tell; see docs/operate.md")
    refused = []
    for target in found:
        text = f"A test from {settings.home.name}. Events: {', '.join(target.events)}."
        is_taken = send(target, "CX: a test message", text, redactor(settings))
        print(f"{'told ' if is_taken else 'REFUSED '}{target.name}")
        refused += [] if is_taken else [target.name]
    if refused:
        raise UserError(f"{', '.join(refused)} did not take the message; check address and network")


@notify.command()
def alerts(context: typer.Context) -> None:
    """Say how each metric that alerts.yml watches stands in the current release.

    Example: cx notify alerts
    """
    from cx.alerts import readings
    from cx.notify import targets

    settings: Settings = context.obj
    found = readings(settings)
    if not found:
        raise UserError(f"{settings.home / 'alerts.yml'} names no alert; see docs/operate.md")
    for each in found:
        print(f"{each.state:<8} {each.alert.name}  {each.sentence}")
    wrong = [each for each in found if each.state == "wrong"]
    if wrong:
        raise UserError(
            f"{settings.home / 'alerts.yml'}: {wrong[0].alert.name}: {wrong[0].sentence}"
        )
    if not any("alert" in target.events for target in targets(settings)):
        print("nobody is told: no target of notify.yml takes the event alert")


def add_to(cli: typer.Typer) -> None:
    """Add the commands of this module."""
    cli.command()(watch)
    cli.command()(report)
    cli.command()(metrics)
    cli.add_typer(notify, name="notify")


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
