"""What moved a rate: its slices now and then, each with the interval of its difference."""

from __future__ import annotations

import math

import pandas as pd
import streamlit as st

from app import charts, components, figures, i18n, plots
from app.compare import Figure, compared
from app.i18n import t
from app.queries import metrics

DIMENSIONS = ("region", "segment", "family")


def slices(metric: str, month: pd.Timestamp, before: pd.Timestamp) -> pd.DataFrame:
    """Return a rate's slices in two months, the clearest and largest differences first.

    Returns
    -------
    DataFrame with columns slice, dimension, code, label, value, low, high (of the difference, in
    the metric's unit), is_clear, now, then, contribution, n
        `contribution` is what the slice adds to the change of the whole within its dimension:
        rates weighted by their denominators' shares, so that a dimension's add up.
    """
    told = []
    for dimension in DIMENSIONS:
        rows = metrics.values([metric], dimension)
        by_month = {
            at: {row["dimension_value"]: row for row in rows[rows["period_start"] == at].to_dict(
                "records")}
            for at in (month, before)
        }  # fmt: skip
        bases = {
            at: sum(_or_nothing(row["denominator"]) for row in own.values())
            for at, own in by_month.items()
        }
        for code, row in by_month[month].items():
            earlier = by_month[before].get(code, {})
            now, then = _figure(row), _figure(earlier)
            change = compared(now, then)
            if change.verdict == "none":
                continue
            half = (
                math.hypot(now.high - now.low, then.high - then.low) / 2
                if now.has_interval and then.has_interval
                else math.nan
            )
            told.append(
                {
                    "slice": f"{dimension}:{code}",
                    "dimension": dimension,
                    "code": code,
                    "label": f"{t(dimension)}: {i18n.word(dimension, code)}",
                    "value": change.difference,
                    "low": change.difference - half,
                    "high": change.difference + half,
                    "is_clear": change.verdict == "clear",
                    "verdict": figures.verdict_text(change),
                    "now": now.value,
                    "then": then.value,
                    "contribution": now.value * _share(row, bases[month])
                    - then.value * _share(earlier, bases[before]),
                    "n": row["n"],
                }
            )
    columns = ["slice", "dimension", "code", "label", "value", "low", "high", "is_clear", "verdict"]
    found = pd.DataFrame(told, columns=[*columns, "now", "then", "contribution", "n"])
    order = found.assign(size=found["value"].abs())
    return order.sort_values(["is_clear", "size"], ascending=False).drop(columns="size")


def card(
    metric: str, month: pd.Timestamp, before: pd.Timestamp, *, key: str, page: str, name: str
) -> None:
    """Draw what moved a rate; a click on a mark filters the page to that slice.

    Parameters
    ----------
    page, name : str
        Page and name of the filter that a click sets, as `urls.chosen` has it.
    """
    rows = slices(metric, month, before)

    def tools() -> None:
        if len(rows):
            kept = ["dimension", "code", "now", "then", "value", "low", "high", "contribution"]
            components.download(
                rows[[*kept, "verdict"]], f"{metric}_moved_{month:%Y-%m}", f"{key}.csv"
            )

    def picked() -> None:
        found = components.picked(f"{key}.chart")
        if found:
            st.session_state[f"{page}.{name}"] = found[0]["slice"]

    how = t("moved.how", now=i18n.month(month), then=i18n.month(before))
    with components.card(t("moved"), how, tools):
        if rows.empty:
            components.nothing(t("moved.none"), t("moved.none.why"), "compare_arrows")
            return
        clear = int(rows["is_clear"].sum())
        st.markdown(
            t("moved.clear", count=i18n.number(clear), slices=i18n.number(len(rows)))
            if clear
            else t("moved.unclear", slices=i18n.number(len(rows)))
        )
        top = rows.head(10)
        shown = top.assign(
            value_text=[figures.difference_text(value, "%") for value in top["value"]],
            now_text=[i18n.percent(value, 2) for value in top["now"]],
            then_text=[i18n.percent(value, 2) for value in top["then"]],
            share_text=[figures.difference_text(value, "%") for value in top["contribution"]],
        )
        components.chart(
            plots.whiskers(
                shown,
                tooltip=[
                    ("label", t("slice")),
                    ("value_text", t("change")),
                    ("verdict", t("verdict")),
                    ("then_text", i18n.month(before)),
                    ("now_text", i18n.month(month)),
                    ("share_text", t("contribution")),
                ],
                unit=f" {t('pp')}",
                rule_at=0.0,
                pick="slice",
            ),
            charts.height_of(len(shown)),
            t("moved.alt", slice=shown["label"].iloc[0], value=shown["value_text"].iloc[0]),
            key=f"{key}.chart",
            on_pick=picked,
        )


def _figure(row: dict[str, object]) -> Figure:
    return Figure(row.get("value"), row.get("ci_low"), row.get("ci_high"))


def _share(row: dict[str, object], base: float) -> float:
    return _or_nothing(row["denominator"]) / base if base else math.nan


def _or_nothing(value: object) -> float:
    return 0.0 if i18n.is_missing(value) else float(value)
