"""A contract drafted from sample files: what the samples prove is written, the rest is asked."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import ValidationError

from cx.errors import UserError
from cx.settings import Settings
from ingest.contract import Contract
from ingest.contract_file import questions_in
from ingest.draft.autumn import which_of_two_hours
from ingest.draft.claims import keep_apart
from ingest.draft.feeds import NOTHING, feed_draft
from ingest.draft.layouts import LEFT_OUT, layouts_of
from ingest.draft.names import EPOCH, ONE_MEANING, feed_name, slug
from ingest.draft.questions import Interview, Question
from ingest.draft.write import contract_text
from ingest.written_times import tells_offset


@dataclass(frozen=True)
class Draft:
    """A drafted contract and what it leaves open.

    Parameters
    ----------
    name : str
        The source system.
    text : str
        The contract as YAML; a text in it that begins with `ASK:` is a question.
    questions : tuple of Question
        What it asks, in the order of the contract.
    feeds : tuple of (feed, entity)
        What it connects.
    left_out : tuple of str
        Samples that could not be read, and why.
    """

    name: str
    text: str
    questions: tuple[Question, ...]
    feeds: tuple[tuple[str, str], ...]
    left_out: tuple[str, ...] = ()


def draft(
    files: list[Path],
    *,
    name: str | None,
    settings: Settings,
    answers: dict[str, str] | None = None,
    folder: Path | None = None,
) -> Draft:
    """Draft a contract from sample files.

    Parameters
    ----------
    files : list of Path
        Samples: files or archives. They are read in part, and nothing of them is kept.
    name : str, optional
        The source system; else it is named after the first file.
    answers : dict of str, optional
        Place → answer, for what an earlier draft asked.
    folder : Path, optional
        Where the contract will stand.

    Raises
    ------
    UserError
        For a file that cannot be a source, a bad name, or an answer that cannot be used.
    """
    if not files:
        raise UserError("give at least one sample file")
    system = slug(name or feed_name(files[0].name))
    if not system or (name is not None and system != name):
        raise UserError(f"{name!r} is no name for a source system; use a-z, 0-9 and _")
    interview = Interview(answers)
    with tempfile.TemporaryDirectory(prefix="cx-draft-") as place:
        layouts = layouts_of(files, interview, settings, Path(place))
        feeds, claimed, notes = [], [], []
        for layout in layouts:
            notes += layout.notes
            if interview.told(f"{layout.feed}.entity") == NOTHING and len(layouts) > 1:
                notes.append(f"left out, as answered: {layout.of}")
                continue
            feed = layout.adopted or feed_draft(
                layout.feed, layout.of, layout.files, layout.tables, interview, layout.packs
            )
            if layout.is_odd:
                feed.files = "**/" + Path(layout.files[0]).name
                feed.notes.append("files of like names have other columns: this feed takes one")
            elif layout.has_odd:
                feed.notes.append(
                    "some files of like names have other columns: they are claimed by this feed, "
                    "too, and refused"
                )
            feeds.append(feed)
            claimed += [(feed, layout.files)] if not layout.has_odd else []
        keep_apart(claimed)
    time_zone = country_code = None
    if interview.told("time_zone") is not None or any(each.has_local_times for each in feeds):
        time_zone = interview.ask(
            "time_zone",
            "in which zone are times without an offset? UTC, or an IANA zone such as Europe/Berlin",
        )
    if interview.told("country_code") is not None or any(
        each.has_national_numbers for each in feeds
    ):
        country_code = interview.ask(
            "country_code",
            "which dialling code completes phone numbers written without one (49, 7 …)? empty "
            "when every number begins with its code",
        )
    zones = {
        name: ONE_MEANING.get(name)
        or interview.ask(f"zones.{name}", f"how far from UTC is {name} in this source? as -05:00")
        for name in sorted(set().union(*(feed.zones for feed in feeds)))
    }
    doubled_hour = which_of_two_hours(feeds, time_zone, interview)
    for feed in feeds:
        written = (feed.extracted_at or {}).get("format", "")
        says_zone = tells_offset(written) or written == EPOCH
        if "file_name" in (feed.extracted_at or {}) and time_zone is None and not says_zone:
            feed.notes.append("the date in the file's name is taken as UTC, for want of time_zone")
    interview.check_all_used()
    text = contract_text(
        system,
        feeds,
        folder=folder or Path.cwd(),
        time_zone=time_zone,
        country_code=country_code,
        zones=zones,
        doubled_hour=doubled_hour,
        notes=notes,
    )
    questions = tuple(Question(*each) for each in questions_in(yaml.safe_load(text)))
    if not questions:
        _check(text)
    shown = tuple((feed.name, feed.entity or feed.format) for feed in feeds)
    left_out = tuple(each for each in notes if each.startswith(LEFT_OUT))
    return Draft(system, text, questions, shown, left_out)


def _check(text: str) -> None:
    """Hold a complete draft against the contract's model: an answer may be no value it takes."""
    try:
        Contract.model_validate(yaml.safe_load(text))
    except (ValidationError, yaml.YAMLError) as error:
        first = error.errors()[0] if isinstance(error, ValidationError) else None
        place = ".".join(map(str, first["loc"])) if first else "the draft"
        said = first["msg"] if first else str(error).splitlines()[0]
        raise UserError(f"{place}: {said}; answer it differently") from error
