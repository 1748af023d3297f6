"""Work list: whom to help and call today, and why; what so many of them are worth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from app import access, base_parts, components, frame, i18n, urls
from app.i18n import t
from app.parts import desk, earnings, work_only, work_risk, work_rows
from app.parts.earnings import figure, money, span
from app.queries import work_list

PAGE = "work_list"
ALL, NOTHING = "all", "do_nothing"
# What a day's work is taken to be until the reader says otherwise.
USUAL_DAY = 100


@dataclass(frozen=True)
class Scope:
    """What the reader looks at: action and part of the base; None for all."""

    action: str | None
    dimension: str
    code: str

    @property
    def region(self) -> str | None:
        """Return the region, if one is chosen."""
        return self.code if self.dimension == "region" else None

    @property
    def segment(self) -> str | None:
        """Return the segment, if one is chosen."""
        return self.code if self.dimension == "segment" else None


def page() -> None:
    """Draw the page."""
    frame.header(t("work_list"), t("work_list.question"), PAGE)
    whole = work_list.curves(ALL, ALL)
    named = desk.namer()
    if whole.empty:
        without_figures(named)
        return
    scope = choose_scope(whole, named)
    curves = work_list.curves(scope.dimension, scope.code)
    curve = curves[curves["action_id"] == (scope.action or ALL)].reset_index(drop=True)
    risks = work_list.risks(scope.dimension, scope.code)
    if curve.empty:
        components.nothing(t("work_list.hidden"), t("work_list.hidden.why"), "visibility_off")
    else:
        chosen = choose_capacity(curve)
        components.finding(sentence(chosen, curve.iloc[-1]))
        figures_row(chosen, curve.iloc[-1])
        left, right = st.columns([3, 2], gap="small")
        with left:
            curve_card(curve, chosen)
        with right:
            desk.idle_card(scope.dimension, scope.code)
        work_risk.card(risks)
    if access.may("persons"):
        only = work_only.choose(PAGE, risks)
        work_rows.card(
            PAGE,
            (scope.action, scope.region, scope.segment),
            named,
            None if curve.empty else int(chosen["lines"]),
            only,
        )
    else:
        st.caption(t("persons.not"))


def without_figures(named: Callable[[str], str]) -> None:
    """Say why there are no figures: nothing was weighed, nothing pays, or it does for few."""
    everywhere = (None, None, None)
    has_few = access.may("persons") and len(work_list.listed(*everywhere, limit=1)) > 0
    # Weighed and found not to pay is an answer; nothing weighed is none.
    is_weighed = len(work_list.idle(ALL, ALL)) > 0
    said = "hidden" if has_few else "idle" if is_weighed else "none"
    components.nothing(t(f"work_list.{said}"), t(f"work_list.{said}.why"), "playlist_add_check")
    desk.idle_card(ALL, ALL)
    if has_few:
        work_rows.card(PAGE, everywhere, named, None)
    if is_weighed and access.may("decisions"):
        st.page_link(
            "views/decisions.py", label=t("work_list.to_plan"), icon=":material/fact_check:"
        )


def choose_scope(whole: pd.DataFrame, named: Callable[[str], str]) -> Scope:
    """Let the reader choose an action and a part of the base."""
    # Who may see rows of persons may list actions of few, too; their figures stay hidden.
    known = set(whole["action_id"])
    order = work_list.actions()
    ids = (
        [code for code in order["action_id"] if code in known or access.may("persons")]
        if len(order)
        else []
    )
    ids = [code for code in ids if code != NOTHING]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        action = urls.chosen(
            st.selectbox,
            t("to_do"),
            [ALL, *ids],
            page=PAGE,
            name="do",
            format_func=lambda code: t("to_do.all") if code == ALL else named(code),
            width=240,
        )
        dimension, code = base_parts.choose(PAGE, ("region", "segment"))
        if action != ALL or code != base_parts.WHOLE:
            components.reset(PAGE, "do", "part", "n", "p", *work_only.NAMES)
    return Scope(None if action == ALL else action, dimension, code)


def choose_capacity(curve: pd.DataFrame) -> pd.Series:
    """Let the reader choose how many can be done today; none is doing nothing."""
    options = curve["lines"].astype(int).tolist()
    usual = next((lines for lines in options if lines >= USUAL_DAY), options[-1])
    code = urls.chosen(
        st.select_slider,
        t("capacity"),
        [str(lines) for lines in options],
        page=PAGE,
        name="n",
        default=str(usual),
        format_func=lambda option: i18n.number(int(option)),
        width=560,
        help=t("capacity.help"),
    )
    return curve[curve["lines"] == int(code)].iloc[0]


def sentence(chosen: pd.Series, total: pd.Series) -> str:
    """Say what doing the first so many brings against doing nothing, and who is left out."""
    left = int(total["lines"] - chosen["lines"])
    if not chosen["lines"]:
        return t(
            "work_list.finding.nothing",
            lines=i18n.number(total["lines"]),
            value=money(total["value"], total["currency"]),
        )
    said = t(
        "work_list.finding",
        lines=i18n.number(chosen["lines"]),
        total=i18n.number(total["lines"]),
        value=money(chosen["value"], chosen["currency"]),
        low=money(chosen["value_low"], chosen["currency"]),
        high=money(chosen["value_high"], chosen["currency"]),
    )
    if chosen["value_low"] <= 0:
        said += " " + t("target.finding.unsure")
    if left:
        said += " " + t(
            "work_list.finding.left",
            lines=i18n.number(left),
            value=money(total["value"] - chosen["value"], total["currency"]),
        )
    return said


def figures_row(chosen: pd.Series, total: pd.Series) -> None:
    """Draw what the chosen number brings, beside doing nothing."""
    currency = chosen["currency"]
    left = total["lines"] - chosen["lines"]
    with st.grid(5, min_column_width=158, gap="small"):
        figure(
            t("net_value"),
            money(chosen["value"], currency),
            span(chosen["value_low"], chosen["value_high"], currency),
            t("net_value.help"),
        )
        figure(
            t("target.saves"),
            i18n.number(chosen["exits_prevented"], 1),
            f"{i18n.number(chosen['exits_low'], 1)} – {i18n.number(chosen['exits_high'], 1)}",
            t("saves.help"),
        )
        figure(
            t("contacts_spared"),
            i18n.number(chosen["contacts_prevented"], 1),
            None,
            t("contacts_spared.help"),
        )
        figure(
            t("left_out"),
            i18n.number(left),
            t("left_out.worth", value=money(total["value"] - chosen["value"], currency))
            if left
            else None,
            t("left_out.help"),
        )
        figure(t("doing_nothing"), money(0.0, currency), t("doing_nothing.note"), t("nothing.help"))


def curve_card(curve: pd.DataFrame, chosen: pd.Series) -> None:
    """Draw the value by how many are done, with the chosen number; nothing is done at zero."""

    def tools() -> None:
        components.download(curve, "work_list_curve", "work_list.curve.csv")

    with components.card(t("work_list.curve"), t("work_list.curve.how"), tools):
        earnings.curve(
            pd.DataFrame(
                {
                    "x": curve["lines"],
                    "value": curve["value"],
                    "low": curve["value_low"],
                    "high": curve["value_high"],
                    "series": t("net_value"),
                    "saves": curve["exits_prevented"],
                }
            ),
            chosen["currency"],
            titles=(t("capacity.mark"), ""),
            at=float(chosen["lines"]),
            limit=None,
            description=t("work_list.curve.alt", value=money(chosen["value"], chosen["currency"])),
            count_title=t("lines"),
        )


if __name__ == "__main__":
    page()
