"""Which pages there are: file's name → key of its title, and the headings of the bar."""

from __future__ import annotations

PAGES = {
    "overview": "overview",
    "churn": "churn",
    "retention": "retention",
    "preferences": "preferences",
    "service_impact": "service",
    "moments": "moments",
    "customer": "customer",
    "work_list": "work_list",
    "decisions": "decisions",
    "explore": "explore",
    "catalogue": "catalogue",
    "runs": "runs",
    "model_health": "model_health",
}
# The first page a visitor may see is the start.
SECTIONS = {
    "section.insights": (
        *("overview", "churn", "retention", "preferences"),
        *("service_impact", "moments"),
    ),
    "section.customers": ("customer", "work_list", "decisions"),
    "section.explore": ("explore", "catalogue"),
    "section.operate": ("runs", "model_health"),
}
# On which pages a metric stands, so that the catalogue can lead there.
SHOWN_ON = {
    "overview": ("M01", "M05", "M17", "M18", "M22", "M28", "M29", "M33", "M36", "M42", "M48"),
    "churn": ("M28", "M29", "M29v", "M29i"),
    "service_impact": ("M17", "M20"),
    "moments": ("M11j", "M47", "M47b", "M47c", "M47p90"),
    "runs": ("M48", "M49", "M49b"),
}
