"""How a night went, in one sentence."""

from __future__ import annotations

from cx.night import Night


def verdict(night: Night) -> tuple[str, str]:
    """Return how it went (``good``, ``look`` or ``bad``) and one sentence that says it."""
    served = (
        f"release {night.release.version} is served, data to {night.release.as_of or 'no day'}"
        if night.release
        else "nothing has been published yet"
    )
    run = night.run
    if run is None:
        return "bad", f"The run could not be read ({night.unread or 'no run yet'}); {served}."
    if run["status"] == "running":
        return "look", f"The run is still at work; {served}."
    if run["status"] != "ok":
        step = failed_step(night)
        what = "was ended from outside" if run["status"] == "killed" else "failed"
        still = served.replace(" is served", " is still served")
        message = " ".join(str(run["message"] or "").split())
        return "bad", (
            f"{str(run['command']).capitalize()} {what}{f' in {step}' if step else ''}"
            f"{f': {message}' if message else ''}; {still}."
        )
    rows = sum(row["rows_loaded"] or 0 for row in night.arrived)
    files = sum(row["files"] for row in night.arrived)
    brought = f"{files:,} files brought {rows:,} rows" if files else "nothing new came"
    made = f"; {served}" if not night.has_published else f": {served}"
    worries = [
        _counted(len(night.late), "feed late", "feeds late"),
        _counted(
            sum(not check["is_waived"] for check in night.said_no), "check warns", "checks warn"
        ),
        _counted(len(night.refused), "file refused", "files refused"),
        "not all of it could be read" if night.unread else "",
    ]
    told = ", ".join(each for each in worries if each)
    return (
        "look" if told else "good",
        f"{str(run['command']).capitalize()} ended well{made}; {brought}"
        + (f"; worth a look: {told}." if told else "."),
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


def _counted(count: int, one: str, several: str) -> str:
    return f"{count:,} {one if count == 1 else several}" if count else ""
