"""Metrics of the batch in Prometheus' text format: for node_exporter's textfile, or served here."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from cx.files import write_whole
from cx.night import Night
from cx.report import peak_memory
from cx.settings import Settings

RUN_STATES = ("running", "ok", "failed", "killed")


def exposition(night: Night) -> str:
    """Return the metrics of a home as text."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(NightCollector(lambda: night))
    return generate_latest(registry).decode()


def write_metrics(settings: Settings, night: Night) -> Path:
    """Write the metrics atomically to CX_METRICS_FILE, else ``state/metrics.prom``.

    Others may read the file: node_exporter is another user, and it holds counts and names of feeds.
    """
    path = Path(os.environ.get("CX_METRICS_FILE") or settings.state / "metrics.prom")
    write_whole(path, exposition(night), mode=0o644)
    return path


class NightCollector(Collector):
    """Makes the metrics anew at each scrape."""

    def __init__(self, night: Callable[[], Night]) -> None:
        """Ask `night` at each scrape."""
        self._night = night

    def collect(self) -> Iterator[Metric]:
        """Yield every metric family."""
        night = self._night()
        yield from _of_run(night)
        yield from _of_feeds(night)
        yield from _of_gates(night)
        yield from _of_release(night)
        yield _family(
            "cx_disk_free_bytes", "Free bytes where the home lies", [((), night.disk_free)]
        )
        yield _family(
            "cx_disk_size_bytes", "Size of the disk the home lies on", [((), night.disk_total)]
        )
        yield _family(
            "cx_metrics_made_timestamp_seconds",
            "When these metrics were made",
            [((), _epoch(night.now))],
        )


def _of_run(night: Night) -> Iterator[Metric]:
    run = night.run
    if run is None:
        return
    of_run = [step for step in night.steps if step["is_of_run"]]
    yield _family(
        "cx_run_state",
        "State of the last run: 1 for the one it is in",
        [((state,), float(run["status"] == state)) for state in RUN_STATES],
        ["state"],
    )
    yield _family(
        "cx_run_started_timestamp_seconds",
        "When the last run started",
        [((), _epoch(run["started_at"]))],
    )
    if run["ended_at"]:
        yield _family(
            "cx_run_ended_timestamp_seconds",
            "When the last run ended",
            [((), _epoch(run["ended_at"]))],
        )
    for name, text, value in (
        ("cx_step_seconds", "Seconds a step of the last run took", lambda step: step["seconds"]),
        ("cx_step_rows", "Rows a step of the last run made", lambda step: step["row_count"]),
        ("cx_step_peak_memory_bytes", "Peak memory of a step of the last run", peak_memory),
    ):
        yield _family(
            name,
            text,
            [((str(step["step"]),), value(step)) for step in of_run if value(step) is not None],
            ["step"],
        )
    yield _family(
        "cx_rows_loaded",
        "Rows the last run loaded",
        [(_feed(row), row["rows_loaded"] or 0) for row in night.arrived],
        ["source_system", "feed"],
    )
    quarantined: dict[tuple[str, ...], float] = {}
    for row in night.quarantine:
        quarantined[_feed(row)] = quarantined.get(_feed(row), 0) + row["row_count"]
    yield _family(
        "cx_quarantine_rows",
        "Rows in quarantine, by fault: a row with two faults counts twice",
        quarantined.items(),
        ["source_system", "feed"],
    )
    yield _family("cx_files_refused", "Files refused whole", [((), len(night.refused))])


def _of_feeds(night: Night) -> Iterator[Metric]:
    labels = ["source_system", "feed"]
    names = {feed: (feed.source_system, feed.feed) for feed in night.feeds}
    yield _family(
        "cx_feed_extracted_timestamp_seconds",
        "When the last extract of a feed was taken",
        [(names[f], _epoch(f.last_extracted_at)) for f in night.feeds if f.last_extracted_at],
        labels,
    )
    yield _family(
        "cx_feed_due_timestamp_seconds",
        "When the next extract of a feed is due: late when it is less than time()",
        [(names[feed], _epoch(feed.due_at)) for feed in night.feeds if feed.due_at],
        labels,
    )
    yield _family(
        "cx_feed_late",
        "1 when a feed with a due time is late, or never came",
        [(names[f], float(f.is_late(night.now))) for f in night.feeds if f.has_due_time],
        labels,
    )


def _of_gates(night: Night) -> Iterator[Metric]:
    yield _family(
        "cx_gate_open",
        "1 when a door let the last batch pass",
        [((str(door["door"]),), float(not door["stops"])) for door in night.doors],
        ["door"],
    )
    yield _family(
        "cx_gate_checks",
        "Checks of a door by what they said",
        [
            ((str(door["door"]), said), door[said])
            for door in night.doors
            for said in ("held", "warnings", "stops")
        ],
        ["door", "said"],
    )


def _of_release(night: Night) -> Iterator[Metric]:
    if night.release is None:
        return
    published = datetime.fromisoformat(night.release.published_at)
    yield _family(
        "cx_release_published_timestamp_seconds",
        "When the served release was published",
        [((), published.timestamp())],
    )
    if night.release.as_of:
        yield _family(
            "cx_release_data_to_timestamp_seconds",
            "The moment the served data reaches to",
            [((), _epoch(datetime.fromisoformat(night.release.as_of)))],
        )
    if night.release_bytes is not None:
        yield _family("cx_release_bytes", "Size of the served release", [((), night.release_bytes)])


def _family(
    name: str,
    text: str,
    samples: Iterable[tuple[tuple[str, ...], float]],
    labels: Iterable[str] = (),
) -> Metric:
    family = GaugeMetricFamily(name, text, labels=list(labels))
    for values, value in samples:
        family.add_metric(list(values), value)
    return family


def _feed(row: dict[str, object]) -> tuple[str, str]:
    return str(row["source_system"]), str(row["feed"])


def _epoch(moment: datetime) -> float:
    return moment.replace(tzinfo=UTC).timestamp()
