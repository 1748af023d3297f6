"""Is what came tonight like what came before? Each delivery beside the last thirty of its feed."""

from __future__ import annotations

from datetime import date

import duckdb
import numpy as np
import pandas as pd
import yaml

from cx.profiles import keep_profiles, profiled
from cx.settings import Settings
from cx.waivers import waivers_in_force
from cx.warehouse import reading, writing
from expectations.door import Answered
from expectations.judge import judge
from expectations.profile import fingerprints, measure
from expectations.questions import Question, suite
from expectations.scores import Finding

# Quantiles are held in memory, whatever the limit: deliveries of about so many rows are measured at
# once, which a first night with a year of them has many times over.
MOST_ROWS = 20_000_000
_FEED = ["source_system", "feed", "entity"]
_DELIVERY = [*_FEED, "extracted_at"]
SAYS = {
    "volume": "as many rows a day as before",
    "gaps": "no more gaps than before",
    "link": "as many links as before",
    "zeros": "no more zeros than before",
    "below zero": "no more below zero than before",
    "different": "as many different values as before",
    "size": "as large as before",
    "length": "texts as long as before",
    "lag": "known as soon as before",
    "new words": "no words never seen before",
    "mix": "the same mix of words as before",
    "hours": "at the same hours as before",
}


def verdicts(settings: Settings, run_id: str) -> list[Answered]:
    """Measure the deliveries not measured yet, judge the newest, and keep what was found.

    A delivery that held a run is judged again until it is mended, replaced or waived, and is no
    history before.
    """
    rules = suite("drift")
    with reading(settings) as connection:
        profiles, fresh = _measured(connection, settings, rules)
        waived = waivers_in_force(connection, date.today())
    if profiles.empty:
        return []
    found, judged = [], {}
    for (system, feed, entity), here in profiles.groupby(_FEED, sort=True):
        days = here.drop_duplicates("extracted_at").set_index("extracted_at")
        days = days[["fingerprint", "verdict"]].sort_index()
        # Of a feed met for the first time only the newest delivery is tonight's.
        again = days.index[(days["verdict"] == "") | (days["verdict"] == "stop")]
        if (days["verdict"] == "").all():
            again = again[-1:]
        verdict = days["verdict"].where(days["verdict"] != "", "ok")
        for day in sorted({*again, days.index[-1]}):
            past = here[
                (here["extracted_at"] < day)
                & here["extracted_at"].isin(verdict.index[verdict != "stop"])
            ]
            answers = _answered(
                f"{system}.{feed}",
                entity,
                judge(here[here["extracted_at"] == day], past, rules),
            )
            found += answers
            stops = [
                each
                for each in answers
                if not each.is_success and each.question.severity == "stop"
                and not any(
                    waiver.suite == each.question.table
                    and each.question.says.startswith(waiver.expectation)
                    for waiver in waived
                )
            ]  # fmt: skip
            verdict[day] = "stop" if stops else "ok"
        judged[(system, feed, entity)] = verdict
    _keep(settings, run_id, profiles, fresh, judged)
    return found


def _measured(
    connection: duckdb.DuckDBPyConnection, settings: Settings, rules: dict
) -> tuple[pd.DataFrame, set]:
    """Return the profiles of the last deliveries of each feed, and which of them are new."""
    kept = profiled(connection)
    ledger = fingerprints(connection)
    # One more than is looked back over, so that the newest has a whole history.
    ledger = ledger.sort_values("extracted_at").groupby(["source_system", "feed"]).tail(
        rules["history"] + 1
    )  # fmt: skip
    ledger["days"] = ledger.groupby(["source_system", "feed"])["last_at"].diff() / pd.Timedelta(
        days=1
    )
    known = set(kept["fingerprint"])
    wanted = ledger[~ledger["fingerprint"].isin(known)]
    kept = kept[kept["fingerprint"].isin(set(ledger["fingerprint"]))]
    frames = [kept]
    if not wanted.empty:
        frames += _new_profiles(connection, settings, wanted, kept[_FEED].drop_duplicates())
    profiles = pd.concat([frame for frame in frames if not frame.empty] or [kept])
    return profiles.reset_index(drop=True), set(wanted["fingerprint"])


def _new_profiles(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    wanted: pd.DataFrame,
    feeds: pd.DataFrame,
) -> list[pd.DataFrame]:
    intake = _intake(settings)
    links = _links(intake)
    brought = {
        entity
        for (entity,) in connection.execute(
            "select entity from raw.column_fill where row_count > 0 group by all"
        ).fetchall()
    }
    if not brought:
        return []
    parts = []
    for _, deliveries in wanted.groupby(wanted["rows_loaded"].cumsum() // MOST_ROWS):
        connection.register("wanted", deliveries)
        parts += [
            measure(connection, each, intake[each], links.get(each, {})) for each in sorted(brought)
        ]
    measured = pd.concat(parts, ignore_index=True)
    keys = ["source_system", "feed", "extracted_at"]
    measured = pd.concat([measured, _nothing(measured, wanted, feeds)], ignore_index=True)
    measured = measured.merge(wanted[[*keys, "fingerprint", "days"]], on=keys)
    rows = measured[measured["measure"] == "rows"]
    volume = rows.assign(
        measure="volume",
        # A picture has its rows however long it was waited for; events come by the day.
        value=np.where(
            rows[["source_system", "feed"]].apply(tuple, axis=1).isin(_snapshots(settings)),
            rows["value"],
            rows["value"] / rows["days"],
        ),
    )
    volume = volume[np.isfinite(volume["value"])]
    together = pd.concat([measured, volume], ignore_index=True)
    return [together.assign(verdict="").drop(columns="days")]


def _nothing(measured: pd.DataFrame, wanted: pd.DataFrame, feeds: pd.DataFrame) -> pd.DataFrame:
    """Return a count of no rows for what a feed brought before and this delivery did not.

    Only for a file that brought nothing at all: a part of it may well have nothing to tell.
    """
    came = measured[["source_system", "feed", "extracted_at"]].drop_duplicates()
    empty = wanted.merge(came, how="left", indicator=True)
    empty = empty[empty["_merge"] == "left_only"].merge(feeds, on=["source_system", "feed"])
    return empty[["source_system", "feed", "entity", "extracted_at"]].assign(
        measure="rows", part="", value=0.0, n=0
    )


def _answered(suite_name: str, entity: str, findings: list[Finding]) -> list[Answered]:
    return [
        Answered(
            Question(
                suite_name,
                "drift",
                {},
                f"{entity}{f'.{each.part}' if each.part else ''}: {SAYS[each.measure]}",
                severity="stop" if each.is_stop else "warn",
                looks_back=True,
            ),
            each.is_like_before,
            None if each.is_like_before else each.said,
            (entity,),
        )
        for each in findings
    ]


def _keep(
    settings: Settings, run_id: str, profiles: pd.DataFrame, fresh: set, judged: dict
) -> None:
    verdict = pd.concat(
        [
            days.rename("judged").reset_index().assign(**dict(zip(_FEED, feed, strict=True)))
            for feed, days in judged.items()
        ]
    )
    told = profiles.merge(verdict, on=_DELIVERY)
    changed = told["fingerprint"].isin(fresh) | (told["judged"] != told["verdict"])
    told = told.assign(verdict=told["judged"]).drop(columns="judged")
    with writing(settings) as connection:
        keep_profiles(connection, run_id, told[changed])


def _intake(settings: Settings) -> dict:
    text = (settings.repo / "ingest/contracts/intake.yml").read_text(encoding="utf-8")
    return yaml.CSafeLoader(text).get_single_data()["entities"]


def _links(intake: dict) -> dict[str, dict[str, str]]:
    """Return, of each entity, the columns that carry another entity's key."""
    homes = {body["key"][0]: name for name, body in intake.items() if len(body["key"]) == 1}
    homes |= {
        "root_cause_resource_id": "resource",
        "related_resource_id": "resource",
        "parent_alarm_id": "alarm",
        "parent_product_id": "product",
    }
    keys = {name: body["key"][0] for name, body in intake.items()}
    return {
        entity: {
            column: f"{homes[column]}.{keys[homes[column]]}"
            for column in body["columns"]
            if column in homes and column != keys[entity]
        }
        for entity, body in intake.items()
    }


def _snapshots(settings: Settings) -> set[tuple[str, str]]:
    found = {}
    for folder in settings.contract_folders:
        for path in sorted(folder.glob("*.y*ml")):
            if path.name != "intake.yml":
                body = yaml.CSafeLoader(path.read_text(encoding="utf-8")).get_single_data()
                found.setdefault(body["source_system"], body["feeds"])
    return {
        (system, feed["feed"])
        for system, feeds in found.items()
        for feed in feeds
        if feed.get("delivery") == "snapshot"
    }
