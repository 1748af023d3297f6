"""Metric catalogue: what each number is, how fresh, how sure, and where it comes from."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import access, charts, components, figures, frame, i18n, lineage, urls
from app.compare import Figure
from app.i18n import t
from app.pages import PAGES, SHOWN_ON
from app.queries import catalogue, metrics, targets

PAGE = "catalogue"


def page() -> None:
    """Draw the page."""
    frame.header(t("catalogue"), t("catalogue.question"), PAGE)
    known = metrics.catalogue()
    if not known:
        components.nothing(t("no_metrics"), t("no_metrics.why"), "menu_book")
        return
    newest = {row["metric_id"]: row for row in catalogue.newest().to_dict("records")}
    components.finding(sentence(known, newest))
    wanted, maker = choose()
    rows = [row for row in known.values() if matches(row, wanted, maker)]
    picked = list_card(rows, newest)
    if picked and picked != st.session_state.get("catalogue.picked"):
        st.session_state[f"{PAGE}.metric"] = picked
    st.session_state["catalogue.picked"] = picked
    shown = urls.chosen(
        st.selectbox,
        t("metric"),
        list(known),
        page=PAGE,
        name="metric",
        default="M28",
        format_func=lambda metric: f"{metric} · {figures.name(metric)}",
        width=420,
    )
    detail(shown, known[shown], newest.get(shown, {}))


def choose() -> tuple[str, str]:
    """Let the reader search, and choose who makes the metrics."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        wanted = urls.typed(
            st.text_input,
            t("search"),
            page=PAGE,
            name="q",
            placeholder=t("search.hint"),
            width=380,
        )
        maker = urls.chosen(
            st.segmented_control,
            t("made_by"),
            ["any", "models", "ml", "checks"],
            page=PAGE,
            name="by",
            format_func=lambda code: t("gates.all") if code == "any" else t(f"made_by.{code}"),
            required=True,
        )
        if wanted or maker != "any":
            components.reset(PAGE, "q", "by")
    return wanted.lower(), maker


def matches(row: dict[str, object], wanted: str, maker: str) -> bool:
    """Tell whether a contract is one the reader looks for."""
    if maker != "any" and row.get("made_by") != maker:
        return False
    said = (row["definition"], row["formula"])
    texts = (row["metric_id"], row["metric_name"], figures.name(row["metric_id"]),
             *said, *map(i18n.contract, said))  # fmt: skip
    return all(part in " ".join(map(str, texts)).lower() for part in wanted.split())


def sentence(known: dict[str, dict], newest: dict[str, dict]) -> str:
    """Say how many contracts there are and how many have a value."""
    hidden = sum(bool(newest.get(metric, {}).get("is_suppressed")) for metric in known)
    sliced = catalogue.sliced()
    told = sum(
        not i18n.is_missing(newest.get(metric, {}).get("value"))
        or (metric in sliced and metric not in newest)
        for metric in known
    )
    return t(
        "catalogue.finding",
        metrics=i18n.number(len(known)),
        told=i18n.number(told),
        hidden=i18n.number(hidden),
        waiting=i18n.number(len(known) - told - hidden),
    )


def list_card(rows: list[dict[str, object]], newest: dict[str, dict]) -> str | None:
    """List contracts with their newest value; return the one selected."""
    table = pd.DataFrame([listed(row, newest.get(row["metric_id"], {})) for row in rows])

    def tools() -> None:
        if len(table):
            contracts = pd.DataFrame(rows)
            for text in {"definition", "formula", "awaits"} & set(contracts):
                contracts[text] = contracts[text].map(i18n.contract)
            components.download(contracts, "metric_catalogue", "catalogue.csv")

    with components.card(t("catalogue.list"), t("catalogue.list.how"), tools):
        if table.empty:
            components.nothing(t("catalogue.none"), t("catalogue.none.why"))
            return None
        selected = components.table(
            table,
            {
                # As wide as a phone has room for beside the value.
                "name": st.column_config.TextColumn(t("metric"), pinned=True, width=210),
                "value": st.column_config.TextColumn(t("value"), alignment="right", width=80),
                "interval": st.column_config.TextColumn(t("interval"), alignment="right"),
                "unit": st.column_config.TextColumn(t("unit"), width=140),
                "period": t("period"),
                "status": t("status"),
                "seen": st.column_config.TextColumn(t("seen"), alignment="right"),
                "better": t("better"),
                "maker": t("made_by"),
            },
            t("catalogue.list"),
            key="catalogue.list",
            height=360,
            is_selectable=True,
        )
    return None if selected is None else str(table["id"].iloc[selected])


def listed(row: dict[str, object], newest: dict[str, object]) -> dict[str, object]:
    """Return a contract and its newest value as a line of the list."""
    the_unit = str(row["unit"])
    figure = Figure(newest.get("value"), newest.get("ci_low"), newest.get("ci_high"))
    only_sliced = not newest and row["metric_id"] in catalogue.sliced()
    return {
        "id": row["metric_id"],
        "name": f"{row['metric_id']} · {figures.name(str(row['metric_id']))}",
        "value": t("hidden")
        if newest.get("is_suppressed")
        else t("by_slice_only")
        if only_sliced
        else i18n.measure(figure.value, the_unit),
        "interval": figures.interval_text(figure, the_unit),
        "unit": i18n.unit_word(the_unit),
        "period": period_text(newest),
        "status": i18n.word("status", newest["status"]) if newest else i18n.NOTHING,
        "seen": figures.seen_text(newest.get("seen_share")),
        "better": i18n.word("direction", row["direction"]),
        "maker": t(f"made_by.{row['made_by']}")
        if not i18n.is_missing(row["made_by"]) and row["made_by"]
        else t("made_by.nobody"),
    }


def period_text(newest: dict[str, object]) -> str:
    """Write the period of a value."""
    if not newest:
        return i18n.NOTHING
    if newest["period_grain"] == "total":
        return t("grain.total")
    return i18n.month(newest["period_start"])


def detail(metric: str, row: dict[str, object], newest: dict[str, object]) -> None:
    """Draw one contract: what it is, how it went, where it comes from, where it is shown."""
    left, right = st.columns([2, 3], gap="small")
    with left:
        contract_card(metric, row, newest)
    with right:
        trend_card(metric)
    lineage_card(metric)


def contract_card(metric: str, row: dict[str, object], newest: dict[str, object]) -> None:
    """Write a metric's contract."""
    name = figures.name(metric)
    with components.card(t("contract.of", metric=f"{metric} · {name}"), t("contract.how")):
        st.markdown(i18n.contract(row["definition"]))
        now = pd.Timestamp(newest["period_start"]) if newest.get("period_start") else None
        target = None if now is None or pd.isna(now) else targets.target(metric, now)
        days = int(row["window_days"] or 0)
        lines = {
            t("formula"): i18n.contract(row["formula"]),
            t("unit"): i18n.unit_word(row["unit"]),
            t("better"): i18n.word("direction", row["direction"]),
            t("interval_kind"): i18n.word("interval_kind", row["interval_kind"]),
            t("window"): t("window.days", days=i18n.number(days)) if days else t("window.once"),
            t("slices"): ", ".join(i18n.word("dimension", each) for each in many(row["slices"])),
            t("needs_links"): ", ".join(i18n.word("edge", each) for each in many(row["edges"])),
            t("newest"): newest_text(newest, str(row["unit"])),
            t("seen"): figures.seen_text(newest.get("seen_share")),
            t("target.of"): i18n.NOTHING if target is None else i18n.measure(target, row["unit"]),
            t("awaits"): i18n.contract(row.get("awaits")),
            t("version"): row["metric_version"],
            t("source"): f"`{figures.SOURCE}`",
        }
        st.markdown(
            "\n".join(
                f"- **{label}**: {text}"
                for label, text in lines.items()
                if not i18n.is_missing(text) and text not in ("", i18n.NOTHING)
            )
        )
        with st.container(horizontal=True, gap="small"):
            for page_name, shown in SHOWN_ON.items():
                if metric in shown and access.may(page_name):
                    st.page_link(
                        f"views/{page_name}.py",
                        label=t(PAGES[page_name]),
                        icon=":material/arrow_forward:",
                    )
            if access.may("explore") and (newest or metric in catalogue.sliced()):
                st.page_link(
                    "views/explore.py",
                    label=t("explore.it"),
                    icon=":material/query_stats:",
                    query_params={"metric": metric},
                )


def newest_text(newest: dict[str, object], the_unit: str) -> str:
    """Write a metric's newest value with its interval, month, state and rows behind it."""
    if i18n.is_missing(newest.get("value")):
        return i18n.NOTHING
    figure = Figure(newest["value"], newest.get("ci_low"), newest.get("ci_high"))
    told = [i18n.measure(figure.value, the_unit), period_text(newest)]
    if figure.has_interval:
        told.append(f"{t('interval')} {figures.interval_text(figure, the_unit)}")
    told.append(i18n.word("status", newest["status"]))
    if not i18n.is_missing(newest.get("n")):
        told.append(f"n = {i18n.number(newest['n'])}")
    return " · ".join(told)


def many(value: object) -> list[str]:
    """Return a list cell as a list, empty where it holds nothing."""
    return [str(each) for each in value] if hasattr(value, "__iter__") and value is not None else []


def trend_card(metric: str) -> None:
    """Draw a metric by month with its interval."""
    values = metrics.values([metric])
    with components.card(t("trend"), t("trend.how")):
        own = values.dropna(subset=["value"])
        if own.empty:
            small = len(values) and bool(values["is_small"].any())
            why = "too_few" if small else "no_value"
            components.nothing(t(why), t(f"{why}.why"), "data_alert")
            return
        month = own["period_start"].max()
        rows = figures.trend_rows(figures.read(values, metric, month))
        the_unit = figures.unit(metric)
        components.chart_over_time(
            charts.trend(
                rows,
                value_title=figures.name(metric),
                month_title=t("month"),
                interval_title=t("interval"),
                unit=i18n.unit_kind(the_unit),
            ),
            300,
            t("trend.alt", metric=figures.name(metric), value=rows["value_text"].iloc[-1]),
            rows["month"],
        )


def lineage_card(metric: str) -> None:
    """Draw the tables behind a metric, and show its SQL."""
    model = lineage.model_of(metric)
    with components.card(t("lineage"), t("lineage.how")):
        if model is None:
            components.nothing(t("lineage.none"), t("lineage.none.why"), "account_tree")
            return
        tables = {each for pair in lineage.graph(model) for each in pair}
        with st.container(key="lineage_tables"):
            st.mermaid_chart(
                lineage.mermaid(model, metric),
                alt=t("lineage.alt", metric=metric, count=i18n.number(len(tables))),
            )
            with st.expander(t("sql", model=model), icon=":material/code:"):
                st.code(lineage.models()[model], language="sql", wrap_lines=True)


if __name__ == "__main__":
    page()
