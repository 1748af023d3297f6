"""Where problems cost customers: areas on a plain map and as ranked bars; a click shows one."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from app import access, charts, components, i18n, maps, urls
from app.i18n import t
from app.queries import service, service_sums

CHARTED = 12
ALL = "all"


def choose(page: str, known: Sequence[str]) -> str | None:
    """Let the reader choose an area in a list, on the map or in the bars; None for all."""
    key = f"{page}.area"
    for chart in ("map", "bars"):
        marks = components.picked(f"{page}.{chart}")
        if marks and marks != st.session_state.get(f"{page}.{chart}.seen"):
            area = marks[0].get("area")
            st.session_state[key] = area if area in known else ALL
        st.session_state[f"{page}.{chart}.seen"] = marks
    chosen = urls.chosen(
        st.selectbox,
        t("area"),
        [ALL, *known],
        page=page,
        name="area",
        format_func=lambda code: t("areas.all") if code == ALL else i18n.word("area", code),
        width=172,
    )
    return None if chosen == ALL else chosen


def cards(page: str, scope: service.Scope) -> None:
    """Draw the map of areas and, beside it, their ranking."""
    areas = service_sums.areas(scope)
    placed = areas.dropna(subset=["latitude", "longitude"])
    left, right = st.columns([3, 2], gap="small")
    with left:
        map_card(page, placed, len(areas) - len(placed))
    with right:
        bars_card(page, areas)


def worded(areas: pd.DataFrame) -> pd.DataFrame:
    """Return the areas in words, those with most customer-minutes lost first."""
    told = areas.dropna(subset=["customer_minutes_lost"])
    told = told[told["customer_minutes_lost"] > 0]
    return pd.DataFrame(
        {
            "area": told["area"],
            "label": told["area"].map(lambda code: i18n.word("area", code)),
            "region": told["region"].map(lambda code: i18n.word("region", code)),
            "value": told["customer_minutes_lost"].astype(float),
            "value_text": told["customer_minutes_lost"].map(i18n.compact),
            "problems": told["problems"].map(i18n.number),
            "contacts": told["contacts"].map(i18n.number),
            "longitude": told["longitude"],
            "latitude": told["latitude"],
        }
    )


def tips() -> list[tuple[str, str]]:
    """Return what pointing at an area tells."""
    return [
        ("label", t("area")),
        ("region", t("region")),
        ("value_text", t("total.customer_minutes_lost")),
        ("problems", t("total.problems")),
        ("contacts", t("total.contacts")),
    ]


def map_card(page: str, placed: pd.DataFrame, unplaced: int) -> None:
    """Draw the areas on a plain map; offer them as GeoJSON."""
    shown = worded(placed)

    def tools() -> None:
        if len(placed):
            components.download(
                placed.drop(columns=["is_small"]), "areas", "service.map", kinds=("geojson",)
            )

    how = t("map.how") + (f" {t('map.unplaced', n=i18n.number(unplaced))}" if unplaced else "")
    with components.card(t("map"), how, tools):
        if shown.empty:
            components.nothing(t("map.none"), t("map.none.why"), "location_off")
            return
        components.chart(
            maps.places(shown, service.sites(), tooltip=tips(), pick="area"),
            400,
            t("map.alt", area=shown["label"].iloc[0], value=shown["value_text"].iloc[0]),
            key=f"{page}.map",
            on_pick="rerun",
        )


def churn_links(areas: pd.DataFrame) -> None:
    """Lead to who leaves in the region of what is shown, where all of it is of one."""
    regions = areas["region"].dropna().unique()
    if len(regions) == 1 and regions[0] != "unknown" and access.may("churn"):
        st.page_link(
            "views/churn.py",
            label=t("areas.churn", region=i18n.word("region", regions[0])),
            icon=":material/trending_down:",
            query_params={"part": f"region:{regions[0]}"},
        )


def bars_card(page: str, areas: pd.DataFrame) -> None:
    """Draw the areas that lost most customer-minutes."""
    shown = worded(areas).head(CHARTED).drop(columns=["longitude", "latitude"])

    def tools() -> None:
        components.download(areas.drop(columns=["is_small"]), "areas", "service.areas.csv")

    with components.card(t("areas"), t("areas.how"), tools if len(areas) else None):
        if shown.empty:
            components.nothing(t("no_minutes"), t("no_minutes.why"), "timer_off")
            return
        churn_links(areas)
        components.chart(
            charts.ranked(shown, tooltip=tips(), pick="area", label_width=150),
            max(charts.height_of(len(shown)), 400),
            t("map.alt", area=shown["label"].iloc[0], value=shown["value_text"].iloc[0]),
            key=f"{page}.bars",
            on_pick="rerun",
        )
