"""What a table that cannot be trusted endangers: metrics and pages, by dbt's own lineage."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cx.build import manifest as read_manifest
from cx.settings import Settings

# Every table leads through these to every other: clocks, vocabularies, ledgers of links and what
# an increment rewrites. A fault in alarms does not endanger NPS because both are dated by a clock.
_COMMON = frozenset(
    {
        "int_clock",
        "int_metric_periods",
        "int_metric_seen",
        "int_rewritten_subscriptions",
        "int_source_codes",
        "int_source_systems",
        "int_link_coverage",
        "link_coverage",
        "unmapped_code",
    }
)
_METRIC = re.compile(r"met_m(\d\d[a-z]?)_")
_ML_METRICS = "M44"
_HUB = "metric_value"


@dataclass(frozen=True)
class Endangered:
    """What stands on one table.

    Parameters
    ----------
    metrics : tuple of str
        Ids, such as ``M05``: a model serves the family of its number.
    pages : tuple of str
        Labels of the pages that read the table, or what is made from it, other than as a metric.
    """

    metrics: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()

    def named(self) -> list[str]:
        """Return what stands on the table as texts, pages first."""
        return [*(f"page {page}" for page in self.pages), *self.metrics]


def endangered_by(settings: Settings, tables: Iterable[str]) -> dict[str, Endangered]:
    """Return what each table of the warehouse endangers when it cannot be trusted.

    Parameters
    ----------
    tables : iterable of str
        ``schema.table``; one that the lineage does not know endangers nothing we can name.
    """
    wanted = list(dict.fromkeys(tables))
    manifest = read_manifest(settings) if wanted else None
    if manifest is None:
        return {table: Endangered() for table in wanted}
    nodes = {
        f"{node['schema']}.{node['name']}": unique_id
        for kind in ("nodes", "sources")
        for unique_id, node in manifest[kind].items()
        if node["resource_type"] in ("model", "source", "seed")
    }
    return {table: _of(manifest, nodes[table]) if table in nodes else Endangered()
            for table in wanted}  # fmt: skip


def _of(manifest: dict, start: str) -> Endangered:
    reached = list(_downstream(manifest["child_map"], start))
    metrics = {
        f"M{found.group(1)}"
        for unique_id in [start, *reached]
        if unique_id.startswith("model.") and (found := _METRIC.match(unique_id.split(".")[-1]))
    }
    if start.endswith("ml_metric_value"):
        metrics.add(_ML_METRICS)
    pages = {
        manifest["exposures"][unique_id]["label"].rpartition("– ")[2]
        for unique_id in reached
        if unique_id.startswith("exposure.")
    }
    return Endangered(tuple(sorted(metrics)), tuple(sorted(pages)))


def _downstream(children: dict[str, list[str]], start: str) -> Iterator[str]:
    """Yield what is made from a node. Metrics meet in one table that every page reads: what lies
    behind it is told as the metrics themselves, unless the table itself is asked about."""
    seen, waiting = {start}, [start]
    while waiting:
        for child in children.get(waiting.pop(), ()):
            name = child.split(".")[-1]
            if child in seen or child.startswith(("test.", "unit_test.")) or name in _COMMON:
                continue
            seen.add(child)
            if name != _HUB:
                waiting.append(child)
            yield child
