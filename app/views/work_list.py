"""Work list: whom to help and call today, and why; what so many of them are worth."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from app import access, base_parts, components, i18n, urls
from app.i18n import t
from app.parts import desk, earnings
from app.parts.earnings import figure, money, span
from app.queries import work_list

PAGE = "work_list"
ALL, NOTHING = "all", "do_nothing"
# What a day's work is taken to be until the reader says otherwise.
USUAL_DAY = 100
MOST_TAKEN = 2_000


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
    components.header(t("work_list"), t("work_list.question"), PAGE)
    whole = work_list.curves(ALL, ALL)
    if whole.empty:
        components.nothing(t("work_list.none"), t("work_list.none.why"), "playlist_add_check")
        desk.idle_card(ALL, ALL)
        return
    named = desk.namer()
    scope = choose_scope(whole, named)
    curves = work_list.curves(scope.dimension, scope.code)
    curve = curves[curves["action_id"] == (scope.action or ALL)].reset_index(drop=True)
    if curve.empty:
        components.nothing(t("too_few"), t("hidden.why"), "visibility_off")
    else:
        chosen = choose_capacity(curve)
        components.finding(sentence(chosen, curve.iloc[-1]))
        figures_row(chosen, curve.iloc[-1])
        left, right = st.columns([3, 2], gap="small")
        with left:
            curve_card(curve, chosen)
        with right:
            desk.idle_card(scope.dimension, scope.code)
    if access.may("persons"):
        list_card(scope, named, None if curve.empty else int(chosen["lines"]))
    else:
        st.caption(t("persons.not"))


def choose_scope(whole: pd.DataFrame, named: object) -> Scope:
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
            components.reset(PAGE, "do", "part", "n", "p")
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
    with st.grid(5, min_column_width=165, gap="small"):
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


def list_card(scope: Scope, named: object, most: int | None) -> None:
    """List whom to help and call, best first, 50 a page, and lead to each."""
    total = most if most is not None else work_list.PAGE_ROWS
    where = (scope.action, scope.region, scope.segment)

    def tools() -> None:
        if total and access.may("export_persons"):
            taken = work_list.listed(*where, limit=min(total, MOST_TAKEN))
            components.download(taken, "work_list", "work_list.csv", of_persons=True)

    with components.card(t("work_list.list"), t("work_list.list.how"), tools):
        if not total:
            components.nothing(t("work_list.nobody"), t("work_list.nobody.why"), "bedtime")
            return
        pages = -(-total // work_list.PAGE_ROWS)
        place = st.container()  # the numbers stand below the rows, but are asked first
        number = urls.numbered(pages, page=PAGE, name="p", of=where)
        offset = (number - 1) * work_list.PAGE_ROWS
        rows = work_list.listed(
            *where, limit=min(work_list.PAGE_ROWS, total - offset), offset=offset
        )
        with place:
            if rows.empty:
                components.nothing(t("work_list.nobody"), t("work_list.nobody.why"), "bedtime")
                return
            selected = table(rows, named)
            if selected is not None:
                components.open_customer(rows["subscription_id"].iloc[selected], "work_list.open")


def table(rows: pd.DataFrame, named: object) -> int | None:
    """Draw one page of the list; return the row selected, if any."""
    reason = rows["reason_ru" if i18n.language() == "ru" else "reason"]
    shown = pd.DataFrame(
        {
            "place": rows["place"],
            "subscription_id": rows["subscription_id"],
            "action": [
                named(code) if i18n.is_missing(offering) else f"{named(code)}: {offering}"
                for code, offering in zip(rows["action_id"], rows["offering_name"], strict=True)
            ],
            "reason": reason.fillna(i18n.NOTHING),
            "value": rows["value"],
            "interval": [
                f"{i18n.number(low, 1)} – {i18n.number(high, 1)}"
                for low, high in zip(rows["value_low"], rows["value_high"], strict=True)
            ],
            "how": [
                " · ".join(
                    i18n.word(kind, code)
                    for kind, code in (("note", channel), ("day_part", part))
                    if not i18n.is_missing(code)
                )
                or i18n.NOTHING
                for channel, part in zip(rows["channel"], rows["day_part"], strict=True)
            ],
            "consent": [consent(row) for row in rows.to_dict("records")],
            "contacts": [
                t("contacts.of", made=i18n.number(made), most=i18n.number(most))
                if is_contact
                else i18n.NOTHING
                for made, most, is_contact in zip(
                    rows["approaches_lately"], rows["most_contacts"], rows["is_contact"],
                    strict=True,
                )
            ],
            "risk": 100 * rows["risk"],
            "clv": rows["clv"],
            "plan": rows["plan_name"],
            "region": rows["region"].map(lambda code: i18n.word("region", code)),
            "segment": rows["segment"].map(lambda code: i18n.word("segment", code)),
            "source": rows["effect_source"].map(lambda code: i18n.word("effect_source", code)),
        }
    )  # fmt: skip
    days = i18n.number(rows["fatigue_days"].iloc[0])
    return components.table(
        shown,
        {
            "place": st.column_config.NumberColumn(t("place"), width="small"),
            "subscription_id": st.column_config.TextColumn(t("subscription"), pinned=True),
            "action": st.column_config.TextColumn(t("to_do"), width="medium"),
            "reason": st.column_config.TextColumn(t("because"), width="large"),
            "value": st.column_config.NumberColumn(
                t("net_value"), format="%.1f", help=t("net_value.help")
            ),
            "interval": st.column_config.TextColumn(t("interval"), alignment="right"),
            "how": st.column_config.TextColumn(t("best_way"), help=t("best_way.help")),
            "consent": st.column_config.TextColumn(t("consent"), help=t("consent.help")),
            "contacts": st.column_config.TextColumn(
                t("contacts.lately", days=days), help=t("contacts.lately.help")
            ),
            "risk": st.column_config.NumberColumn(
                t("score"), format="%.1f%%", help=t("score.help")
            ),
            "clv": st.column_config.NumberColumn(t("clv"), format="%.0f"),
            "plan": t("offering"),
            "region": t("region"),
            "segment": t("segment"),
            "source": st.column_config.TextColumn(t("effect_source"), help=t("effect_source.help")),
        },
        t("work_list.list"),
        key="work_list.table",
        height=min(35 * len(shown) + 40, 460),
        is_selectable=True,
    )


def consent(row: dict[str, object]) -> str:
    """Write which purposes a customer agreed to, where the action needs any."""
    if not row["needs_consent"]:
        return t("consent.not_needed")
    agreed = [
        t(f"consent.{purpose}")
        for purpose in ("marketing", "profiling")
        if row[f"is_{purpose}_agreed"]
    ]
    return ", ".join(agreed)


if __name__ == "__main__":
    page()
