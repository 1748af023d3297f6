"""What problems may cost, in words: what the lines they hit pay, who left beyond like lines."""

from __future__ import annotations

import pandas as pd

from app import components, i18n
from app.i18n import t
from app.queries import currency, problem_loss


def cards(problem: pd.Series) -> None:
    """Draw what those hit pay a month, and how many more of them left than of like lines."""
    rows = problem_loss.beside(problem.to_frame().T)
    if "excess_status" not in rows:
        return
    row = rows.iloc[0]
    components.metric(
        currency.heading(t("revenue_month")),
        revenue_text(row["monthly_revenue"]),
        help=t("revenue_month.help"),
    )
    status, (share, low, high) = row["excess_status"], (row[name] for name in problem_loss.EXCESS)
    is_told = status == "usable"
    components.metric(
        t("excess"),
        f"{i18n.signed(100 * share, 1)} {t('pp')}"
        if is_told
        else excess_text(status, share, low, high),
        t("excess.is_unclear" if low <= 0 <= high else "excess.is_clear") if is_told else None,
        delta_color="off",
        delta_arrow="off",
        delta_description=excess_bounds(low, high) if is_told else None,
        help=excess_help(rows),
    )


def excess_texts(problems: pd.DataFrame) -> list[str]:
    """Say of each problem how many more left than of like lines, or why that cannot be told."""
    return [
        excess_text(*each)
        for each in zip(
            problems["excess_status"], *(problems[name] for name in problem_loss.EXCESS),
            strict=True,
        )
    ]  # fmt: skip


def excess_text(status: str, share: float, low: float, high: float) -> str:
    """Say how many more of a hundred lines left than of like lines, or why that cannot be told."""
    if status != "usable":
        return t("hidden") if status == "hidden" else t(f"excess.{status}")
    bounds = excess_bounds(low, high)
    if low <= 0 <= high:
        return t("excess.unclear", bounds=bounds)
    return t("excess.clear", value=i18n.signed(100 * share, 1), bounds=bounds)


def excess_bounds(low: float, high: float) -> str:
    """Write the interval of an excess of exits."""
    return f"{i18n.signed(100 * low, 1)} … {i18n.signed(100 * high, 1)} {t('pp')}"


def excess_help(problems: pd.DataFrame) -> str:
    """Say what the excess of exits is, and within how many days."""
    days = problems["exit_days"].dropna()
    return t("excess.help", days=i18n.number(days.iloc[0]) if len(days) else i18n.NOTHING)


def revenue_text(value: float) -> str:
    """Write a problem's monthly revenue in a cell: of few customers it is hidden."""
    if i18n.is_missing(value):
        return t("hidden")
    told = {problem_loss.HIDDEN: t("hidden.cell"), problem_loss.UNKNOWN: i18n.NOTHING}
    return told.get(value) or i18n.number(value)
