"""What the last run was stopped by and what that endangers, beside the warehouse for the app.

A run that fails publishes nothing, so that no release tells of it; and while a run works nobody
else opens the warehouse. So each run leaves this small file behind, without a row of the data.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from cx.files import write_json
from cx.night import Night
from cx.redaction import redactor
from cx.settings import Settings

MOST_REFUSED = 10


@dataclass(frozen=True)
class Verdict:
    """An expectation that did not hold (a row of ops.dq_result), with all that stands on it."""

    door: str
    suite: str
    expectation: str
    severity: str
    is_waived: bool
    observed: str
    endangers: list[str]


@dataclass(frozen=True)
class AtStake:
    """How the last run ended. Times are naive UTC.

    Parameters
    ----------
    step : str
        The step it stopped at; empty where none did.
    said_no : list of Verdict
        Only what this run asked: what a door said before is in the release.
    message : str
        What it ended with, where it failed.
    refused : list of dict of str to str
        Files refused whole: feed, file, reason; a few of them.
    """

    run_id: str
    status: str
    started_at: datetime
    step: str = ""
    said_no: list[Verdict] = field(default_factory=list)
    message: str = ""
    refused: list[dict[str, str]] = field(default_factory=list)


def record_at_stake(settings: Settings, night: Night) -> None:
    """Write how a run ended and what its gates did not find."""
    run = night.run
    if run is None or not run.get("started_at"):
        return
    mask = redactor(settings).text
    stopped = [each for each in night.steps if each["is_of_run"] and each["status"] == "failed"]
    write_json(
        _file(settings),
        asdict(
            AtStake(
                run_id=str(run["run_id"]),
                status=str(run["status"]),
                started_at=run["started_at"],
                step=str(stopped[-1]["step"]) if stopped else "",
                said_no=[
                    Verdict(
                        door=str(each["door"]),
                        suite=str(each["suite"]),
                        expectation=str(each["expectation"]),
                        severity=str(each["severity"]),
                        is_waived=bool(each["is_waived"]),
                        observed=str(each["observed"] or ""),
                        endangers=list(each["answers"]),
                    )
                    for each in night.said_no
                    if each["run_id"] == run["run_id"]
                ],
                message=mask(str(run["message"] or "")),
                refused=[
                    {
                        "feed": f"{each['source_system'] or '–'}.{each['feed'] or '–'}",
                        "file": mask(str(each["file_name"])),
                        "reason": mask(str(each["reason"])),
                    }
                    for each in night.refused[:MOST_REFUSED]
                ],
            )
        ),
    )


def recorded_at_stake(settings: Settings) -> AtStake | None:
    """Return what the last run left behind, or None where there is nothing that can be read."""
    try:
        found = json.loads(_file(settings).read_text(encoding="utf-8"))
        found["started_at"] = datetime.fromisoformat(found["started_at"])
        found["said_no"] = [Verdict(**each) for each in found["said_no"]]
        return AtStake(**found)
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _file(settings: Settings) -> Path:
    return settings.state / "at_stake.json"
