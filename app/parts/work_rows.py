"""The rows of the work list: whom, what, why, how, what was agreed to; 50 a page."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from app import access, components, door, horizon, i18n, urls
from app.i18n import t
from app.queries import currency, work_list
from app.queries.work_list import EVERY, Only

# Most lines of one file.
MOST_TAKEN = 2_000


def card(
    page: str,
    where: tuple[str | None, str | None, str | None],
    named: Callable[[str], str],
    most: int | None,
    only: Only = EVERY,
) -> None:
    """List whom to help and call, best first, and lead to each.

    Parameters
    ----------
    where : tuple
        Action, region and segment; None for all.
    named : callable
        Names an action.
    most : int or None
        So many from the top; None where their number may not be told, which lists one page.
    only : Only
        Which of those are listed.
    """
    first = {"most": most if most is not None else work_list.PAGE_ROWS, "only": only}
    total = first["most"] if only == EVERY else work_list.counted(*where, **first)

    def tools() -> None:
        if total and access.may("export_persons"):
            count = min(total, MOST_TAKEN)
            rows = work_list.listed_later(*where, limit=count, **first)
            components.download(rows, "work_list", "work_list.csv", of_persons=True, count=count)

    with components.card(t("work_list.list"), door.with_regions(t("work_list.list.how")), tools):
        if not total:
            why = "work_list.nobody.why" if only == EVERY else "work_list.nobody_such.why"
            components.nothing(t("work_list.nobody"), t(why), "bedtime")
            return
        if only != EVERY:
            st.caption(t("work_list.only", lines=i18n.number(total), of=i18n.number(first["most"])))
        pages = -(-total // work_list.PAGE_ROWS)
        place = st.container()  # the numbers stand below the rows, but are asked first
        number = urls.numbered(pages, page=page, name="p", of=(where, only))
        offset = (number - 1) * work_list.PAGE_ROWS
        rows = work_list.listed(
            *where, limit=min(work_list.PAGE_ROWS, total - offset), offset=offset, **first
        )
        with place:
            if rows.empty:
                components.nothing(t("work_list.nobody"), t("work_list.nobody.why"), "bedtime")
                return
            selected = table(rows, named)
            if selected is not None:
                components.open_customer(rows["subscription_id"].iloc[selected], "work_list.open")


def table(rows: pd.DataFrame, named: Callable[[str], str]) -> int | None:
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
            "reason": reason.fillna(i18n.NOTHING).map(i18n.told),
            "value": rows["value"],
            "interval": [
                f"{i18n.number(low, 1)} – {i18n.number(high, 1)}"
                for low, high in zip(rows["value_low"], rows["value_high"], strict=True)
            ],
            "how": [
                " · ".join(
                    i18n.word(kind, code)
                    for kind, code in (("note", channel), ("habit_hour", part))
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
            "subscription_id": st.column_config.TextColumn(t("subscription"), pinned=True),
            # Narrow, so that a phone shows whom, what it brings and what to do.
            "value": st.column_config.NumberColumn(
                currency.heading(t("net_value.narrow")),
                format="%.1f",
                width=95,
                help=t("net_value.help"),
            ),
            "action": st.column_config.TextColumn(t("to_do"), width=150),
            "interval": st.column_config.TextColumn(t("interval"), alignment="right"),
            "place": st.column_config.NumberColumn(t("place"), width="small"),
            # behind the money: long as it is, it pushed that out of a narrow window
            "reason": st.column_config.TextColumn(t("because"), width="large"),
            "how": st.column_config.TextColumn(t("best_way"), help=t("best_way.help")),
            "consent": st.column_config.TextColumn(t("consent"), help=t("consent.help")),
            "contacts": st.column_config.TextColumn(
                t("contacts.lately", days=days), help=t("contacts.lately.help")
            ),
            "risk": st.column_config.NumberColumn(
                t("score"), format="%.1f%%", help=horizon.score_help()
            ),
            "clv": st.column_config.NumberColumn(currency.heading(t("clv")), format="%.0f"),
            "plan": t("offering"),
            "region": t("region"),
            "segment": t("segment"),
            "source": st.column_config.TextColumn(t("effect_source"), help=t("effect_source.help")),
        },
        t("work_list.list"),
        key="work_list.table",
        height=460,
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
