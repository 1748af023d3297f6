"""How a night went, in one sentence."""

from __future__ import annotations

from cx.night import Night
from cx.report_words import ENGLISH, Say


def verdict(night: Night, say: Say = ENGLISH) -> tuple[str, str]:
    """Return how it went (``good``, ``look`` or ``bad``) and one sentence that says it."""
    run = night.run
    if run is None:
        unread = night.unread or say("no run yet")
        told = say("The run could not be read ({unread}); {served}.", unread=unread,
                   served=_served(night, say))  # fmt: skip
        return "bad", told
    if run["status"] == "running":
        return "look", say("The run is still at work; {served}.", served=_served(night, say))
    command = str(run["command"]).capitalize()
    if run["status"] != "ok":
        step = failed_step(night)
        message = " ".join(str(run["message"] or "").split())
        was_killed = run["status"] == "killed"
        return "bad", say(
            "{command} was ended from outside{step}{message}; {served}."
            if was_killed
            else "{command} failed{step}{message}; {served}.",
            command=command,
            step=say(" in {step}", step=say(step)) if step else "",
            message=f": {message}" if message else "",
            served=_served(night, say, is_still=True),
        )
    rows = sum(row["rows_loaded"] or 0 for row in night.arrived)
    files = sum(row["files"] for row in night.arrived)
    worries = [
        _counted(say, len(night.late), "{n} feed late", "{n} feeds late"),
        _counted(
            say,
            sum(not check["is_waived"] for check in night.said_no),
            "{n} check warns",
            "{n} checks warn",
        ),
        _counted(say, len(night.refused), "{n} file refused", "{n} files refused"),
        say("not all of it could be read") if night.unread else "",
    ]
    told = ", ".join(each for each in worries if each)
    ended = say(
        "{command} ended well: {served}; {brought}"
        if night.has_published
        else "{command} ended well; {served}; {brought}",
        command=command,
        served=_served(night, say),
        brought=say("{files} files brought {rows} rows", files=f"{files:,}", rows=f"{rows:,}")
        if files
        else say("nothing new came"),
    )
    worth = "; " + say("worth a look: {told}", told=told) if told else ""
    return "look" if told else "good", f"{ended}{worth}."


def _served(night: Night, say: Say, *, is_still: bool = False) -> str:
    if not night.release:
        return say("nothing has been published yet")
    return say(
        "release {version} is still served, data to {day}"
        if is_still
        else "release {version} is served, data to {day}",
        version=night.release.version,
        day=night.release.as_of or say("no day"),
    )


def failed_step(night: Night) -> str | None:
    """Return the step a run that did not succeed stopped in."""
    return next(
        (
            str(step["step"])
            for step in night.steps
            if step["is_of_run"] and step["status"] not in ("ok", "running")
        ),
        None,
    )


def _counted(say: Say, count: int, one: str, several: str) -> str:
    return say(one if count == 1 else several, n=f"{count:,}") if count else ""
