"""Messages to people: one per change of state, through Apprise; a message never fails a run."""

from __future__ import annotations

import fcntl
import json
import logging
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import duckdb
from pydantic import BaseModel, ConfigDict, Field

from cx.access import app_address
from cx.alerts import Wanted, readings
from cx.briefs import folder
from cx.errors import CxError, UserError
from cx.feeds import lateness
from cx.files import write_json
from cx.home_yaml import read_yaml
from cx.night import Night
from cx.redaction import Redactor, redactor
from cx.settings import Settings
from cx.verdict import failed_step, verdict

EVENTS = ("failed", "stopped", "late", "recovered", "done", "alert")
# A state that is well; the first time it is seen there is nothing to tell.
WELL = "well"


class Target(BaseModel):
    """Somebody to tell. The address is a secret: it holds a password or a token."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9_-]*$")
    url: str = Field(repr=False, min_length=5)
    events: tuple[str, ...] = ("failed", "stopped", "late", "recovered", "alert")


class _Config(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    targets: tuple[Target, ...]


@dataclass(frozen=True)
class Message:
    """What is told of a subject when its state changes."""

    subject: str
    state: str
    event: str
    title: str
    body: str


def config_path(settings: Settings) -> Path:
    """Return where the targets are: CX_NOTIFY, else ``notify.yml`` in the home."""
    return Path(os.environ.get("CX_NOTIFY") or settings.home / "notify.yml")


def targets(settings: Settings) -> tuple[Target, ...]:
    """Read the targets; none when there is no file.

    Raises
    ------
    UserError
        When the file may be read by others or is not what it should be; never quotes an address.
    """
    path = config_path(settings)
    # A secret an orchestrator mounts may be its group's; the home's own file is its owner's alone.
    forbidden = 0o027 if os.environ.get("CX_NOTIFY") else 0o077
    mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else 0
    if mode & forbidden:
        raise UserError(
            f"{path} holds addresses with passwords and others may read it (mode {mode:o}); "
            f"run `chmod 600 {path}`"
        )
    told = read_yaml(path, _Config, "docs/operate.md")
    if told is None:
        return ()
    for target in told.targets:
        strange = set(target.events) - set(EVENTS)
        if strange:
            raise UserError(
                f"{path}: {target.name}: events are {', '.join(EVENTS)}, not {', '.join(strange)}"
            )
    return told.targets


def messages(night: Night) -> list[Message]:
    """Return what there is to say of each subject as it is now, well or not."""
    found = [_about_run(night)] if night.run and night.run["status"] != "running" else []
    found += [_about_feed(night, feed) for feed in night.feeds if feed.has_due_time]
    if night.release and night.has_published:
        found.append(
            Message(
                "release",
                night.release.version,
                "done",
                f"CX: release {night.release.version} is served",
                verdict(night)[1],
            )
        )
    return found


def _about_run(night: Night) -> Message:
    _, sentence = verdict(night)
    status, step = night.run["status"], failed_step(night) or "its beginning"
    if status == "ok":
        return Message("run", WELL, "recovered", "CX: the batch is well again", sentence)
    if status == "failed" and step.startswith("check "):
        return Message("run", f"stopped: {step}", "stopped", f"CX: stopped at {step}", sentence)
    return Message(
        "run", f"{status}: {step}", "failed", f"CX: the batch {status} in {step}", sentence
    )


def _about_feed(night: Night, feed: object) -> Message:
    subject, how = f"feed {feed.name}", lateness(feed, night.now)
    if not feed.is_late(night.now):
        return Message(
            subject, WELL, "recovered", f"CX: {feed.name} is here again", f"It is {how}."
        )
    last = f"{feed.last_extracted_at:%Y-%m-%d %H:%M} UTC" if feed.last_extracted_at else "never"
    return Message(
        subject,
        "late",
        "late",
        f"CX: {feed.name} is {how if feed.due_at else 'late: it never came'}",
        f"Last extract: {last}. Whoever sends it should look; answers grow old until it is here.",
    )


def alerts(settings: Settings, report: Callable[[str], None]) -> list[Message]:
    """Return what there is to say of each metric that alerts.yml watches; unknown ones say nothing.

    Parameters
    ----------
    report : callable
        Takes one line where alerts.yml asks for what cannot be looked at.
    """
    try:
        found = readings(settings)
    except (CxError, OSError, duckdb.Error) as error:
        report(f"no alerts: {str(error).splitlines()[0]}")
        return []
    for each in found:
        if each.state == "wrong":
            report(f"{settings.home / 'alerts.yml'}: {each.alert.name}: {each.sentence}")
    return [
        Message(
            f"alert {each.alert.name}",
            # Another limit is another thing to be told of.
            each.alert.limit if each.state == "beyond" else WELL,
            "alert",
            f"CX: {each.alert.name} is {'' if each.state == 'beyond' else 'no longer '}"
            f"{each.alert.limit}",
            "\n".join(part for part in (each.sentence, chart_of(settings, each.alert)) if part),
        )
        for each in found
        if each.state in ("beyond", "within")
    ]


def chart_of(settings: Settings, alert: Wanted) -> str:
    """Return the address at which the app draws an alert's metric over time, where it is known."""
    app = app_address(settings)
    if app is None or alert.grain == "total":
        return ""
    asked = {"metric": alert.metric, "grain": alert.grain}
    if alert.by != "all":
        asked |= {"by": alert.by, "only": alert.of}
    return f"{app}/explore?{urlencode(asked)}"


def tell(
    settings: Settings, night: Night, report: Callable[[str], None]
) -> list[tuple[str, Message]]:
    """Tell every target what has changed since it was last told; return what was sent.

    What could not be sent is tried again next time. The state is kept per target, by its name.

    Parameters
    ----------
    report : callable
        Takes one line about a target that could not be told.
    """
    addressees = targets(settings)
    if not addressees:
        return []
    settings.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    # A run that ends while `cx watch` looks: one of them tells, the other finds it told.
    with (settings.state / "notified.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        return _tell_all(settings, night, addressees, report)


def _tell_all(
    settings: Settings,
    night: Night,
    addressees: tuple[Target, ...],
    report: Callable[[str], None],
) -> list[tuple[str, Message]]:
    path = settings.state / "notified.json"
    told = _read_told(path)
    sent = []
    mask = redactor(settings)
    to_say = messages(night) + (alerts(settings, report) if night.release else [])
    for target in addressees:
        known = told.setdefault(target.name, {})
        for message in to_say:
            before = known.get(message.subject)
            if before == message.state:
                continue
            is_news = message.state != WELL or before is not None
            if is_news and message.event in target.events:
                files = briefs_of(settings) if message.event == "done" else ()
                if not send(target, message.title, message.body, mask, files):
                    report(
                        f"target {target.name} of notify.yml could not be told; it will be again"
                    )
                    continue
                sent.append((target.name, message))
            known[message.subject] = message.state
    write_json(path, told)
    return sent


def briefs_of(settings: Settings) -> tuple[Path, ...]:
    """Return the briefs that go with the message of a new release: figures, nobody's rows."""
    return tuple(sorted(folder(settings).glob("*.html")))


def send(
    target: Target, title: str, body: str, mask: Redactor, files: tuple[Path, ...] = ()
) -> bool:
    """Send one message; return whether it was taken. Never raises, never logs the address.

    Parameters
    ----------
    files : tuple of Path
        Go with it where the way of sending takes files, as mail does.
    """
    import apprise

    # What it and the libraries below it log may quote the address.
    for name in ("apprise", "urllib3", "requests"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        courier = apprise.Apprise(asset=apprise.AppriseAsset(app_id="CX", app_desc="CX warehouse"))
        if not courier.add(target.url):
            return False
        return bool(
            courier.notify(
                title=mask.text(title),
                body=mask.text(body),
                body_format=apprise.NotifyFormat.TEXT,
                attach=[str(path) for path in files] or None,
            )
        )
    except Exception:
        return False


def _read_told(path: Path) -> dict[str, dict[str, str]]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError):
        return {}
    return found if isinstance(found, dict) else {}
