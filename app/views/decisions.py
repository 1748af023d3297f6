"""Decisions: what is worth doing within the budget, what if, and did it work?"""

from __future__ import annotations

from app import components, frame, goto
from app.i18n import t
from app.parts import decisions_plan, decisions_results, decisions_what_if

PAGE = "decisions"
VIEWS = goto.PARTS[PAGE]


def page() -> None:
    """Draw the part the reader chose."""
    frame.header(t("decisions"), t("decisions.question"), PAGE)
    view = components.part(PAGE, VIEWS, "decisions.view")
    if view == "what_if":
        decisions_what_if.section(PAGE)
    elif view == "results":
        decisions_results.section()
    else:
        decisions_plan.section()


if __name__ == "__main__":
    page()
