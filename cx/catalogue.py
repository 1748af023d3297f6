"""The metric catalogue (dbt_project/metric_catalogue.yml); what is made from it.

`python -m cx.catalogue` rewrites everything generated: the seed behind dim_metric, which the app's
tooltips read, and docs/metrics.md. A test holds that they are up to date.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, model_validator

from cx.settings import REPO

_SOURCE = REPO / "dbt_project" / "metric_catalogue.yml"


class Metric(BaseModel):
    """The contract of one metric, as METRICS.md has it.

    Parameters
    ----------
    scale : float
        value = scale × numerator / denominator, unless it is a sum or a percentile.
    interval_kind : str
        How its 95 % interval is made (C7).
    window_days : int
        Days after a period before its value is final (C10).
    edges : list of str
        Links without which it does not see its whole population (marts.link_coverage); a link whose
        lack shows as a slice of its own, "unknown", is none.
    feeds : list of str
        What it cannot be told without (int_feed_starts): no row is before they begin, and the
        period they begin in is never final. With a question mark: not before it begins, where it is
        delivered at all.
    adds_money : bool
        Whether it adds up money of bills, charges or credits: of several currencies it is not told.
    made_by : str
        The room that makes it; `nobody` where the data or the estimator for it are still missing.
    awaits : str
        What a metric nobody makes yet waits for.
    slices : list of str
        Dimensions it is cut by besides the whole; a data test holds metric_value to them.
    grains : list of str
        Lengths of its periods; total is all we know. Of a total there is one row a slice.
    """

    model_config = ConfigDict(extra="forbid")

    version: int = 1
    name: str
    formula: str
    unit: str
    direction: Literal["up", "down", "neutral"]
    scale: float
    interval_kind: Literal["wilson", "mean", "none"]
    window_days: int = 0
    edges: list[str] = []
    feeds: list[str] = []
    adds_money: bool = False
    definition: str
    made_by: Literal["models", "ml", "checks", "nobody"] = "models"
    awaits: str = ""
    slices: list[str] = []
    grains: list[Literal["month", "week", "day", "total"]] = ["month", "week", "day"]

    @model_validator(mode="after")
    def _says_what_it_awaits(self) -> Metric:
        if (self.made_by == "nobody") != bool(self.awaits):
            raise ValueError(f"{self.name}: only a metric nobody makes says what it awaits")
        return self


def metrics() -> dict[str, Metric]:
    """Read every metric, by id, in the order of their ids.

    Raises
    ------
    pydantic.ValidationError
        When a contract lacks a field or has one too many.
    """
    body = yaml.CSafeLoader(_SOURCE.read_text(encoding="utf-8")).get_single_data()
    return dict(sorted(TypeAdapter(dict[str, Metric]).validate_python(body).items()))


def generated() -> dict[Path, str]:
    """Return every generated file with the text it must have."""
    return {
        REPO / "dbt_project" / "seeds" / "metric_catalogue.csv": _seed(),
        REPO / "docs" / "metrics.md": _guide(),
    }


def _seed() -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    fields = [name for name in Metric.model_fields if name != "version"]
    writer.writerow(["metric_id", "metric_version", *fields])
    for metric_id, metric in metrics().items():
        values = [getattr(metric, name) for name in fields]
        plain = [_plain(value) for value in values]
        writer.writerow([metric_id, metric.version, *plain])
    return text.getvalue()


def _plain(value: object) -> object:
    if isinstance(value, list):
        return " ".join(value)
    return f"{value:g}" if isinstance(value, float) else value


def _guide() -> str:
    lines = [
        "# Every number shown, and how it is made",
        "",
        "Generated from `dbt_project/metric_catalogue.yml` by `python -m cx.catalogue`. A value",
        "is in `marts.metric_value` of a release, by period and by slice, with numerator,",
        "denominator, n, interval and status; this list is `marts.dim_metric` and what the app's",
        "tooltips show. M44 comes from the estimators, M49b from the checks: a release",
        "holds them in the same table. Where a metric sees its population through links, its",
        "`seen_share` is the coverage of the weakest of them in the period (`marts.link_coverage`",
        "says how to mend it).",
        "",
        "Internal, test and wholesale customers count in no metric about customers. A contact or",
        "ticket that names no subscription belongs to that of the service it names, else of the",
        "number that called, else of the ticket it names, else to the only one that the customer",
        "has at the time; a service order to that of the order it fulfils, else to who has the",
        "service then or gets it first. The average base is the mean of the subscriptions at each",
        "midnight of the period; of a period known in part, `days` and the mean are of its known",
        "days. Exits are cut by `contract` (M28, M29) by month only.",
        "Where the feed that a rate or a sum stands on begins later than the data, nothing is told",
        "of the time before, and the period it begins in is provisional for good: a part of it is",
        "missing (`dim_metric.feeds`, int_feed_starts). Money of bills in several currencies has",
        "no sum: M30, M33, M35b, M41 and M43 are not told then.",
        "What happens counts in the segment, family and region held at that moment, the base in",
        "those of each midnight; `fct_subscription_month` holds those of the month's opening, or",
        "of the line's beginning where it came later in the month.",
        "Percentiles lie on the line between the two nearest rows (`quantile_cont`).",
        "",
        "What is of no segment, family or region that we know is in the slice `unknown`; of a rate",
        "over the base it has a numerator over nothing and no value, so that the slices add up to",
        "the whole. A pair of slices (`segment+family`, its cells `consumer + mobile`) is cut by",
        "month only, and adds up to either. Problems count in the slices of everybody they hit,",
        "and in none where they hit nobody (M14, M15, M40); customers in those of all their lines",
        "as the month opened (M37, M38) or of the lines that were hit (M39); orders in those of",
        "all their items (M24 to M26): these add up to more than the whole. Few (`is_low_n`) is n",
        "below 30; of estimators (M44, M45) fewer than 30 leavers, for their number makes the",
        "figures uncertain.",
        "",
        "| id | metric | unit | better | formula | 95 % interval | final after | by | cut by "
        "| sees through |",
        "|---|---|---|---|---|---|--:|---|---|---|",
    ]
    better = {"up": "↑", "down": "↓", "neutral": "–"}
    for metric_id, metric in metrics().items():
        final = f"{metric.window_days} d" if metric.window_days else "at once"
        cells = [
            metric_id, metric.name, metric.unit, better[metric.direction], metric.formula,
            metric.interval_kind, final, ", ".join(metric.grains), ", ".join(metric.slices),
            ", ".join(metric.edges),
        ]  # fmt: skip
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    for metric_id, metric in metrics().items():
        awaits = f" No value yet: {metric.awaits}" if metric.awaits else ""
        lines += ["", f"**{metric_id} {metric.name}.** {metric.definition}{awaits}"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    for path, text in generated().items():
        path.write_text(text, encoding="utf-8")
