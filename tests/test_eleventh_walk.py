"""What a walk through the app found, by readers of every role and in a hurry."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

import httpx
import pandas as pd
import pytest
import vl_convert
from starlette.responses import HTMLResponse
from streamlit.testing.v1 import AppTest

from app import brief, components, i18n
from app.access import Visitor
from app.chart_base import WIDE
from app.charts import BROKEN_ITEM
from app.compare import Figure, compared
from app.parts import explore_compare
from app.parts.explore_compare import Against
from app.plots import BROKEN_LABEL
from app.queries import explore, service
from app.start_page import StartPage
from app.words import CATALOGUE
from cx.settings import REPO
from cx.warehouse import writing
from tests.release_fixture import published
from tests.test_app import healthy
from tests.test_app_pages import charts as drawn
from tests.test_briefs import noted

MISSED = CATALOGUE["link.missed"]


@pytest.fixture
def start() -> Callable[[str], httpx.Response]:
    """Ask Streamlit's start page, which it answers with whatever the address."""

    async def page(scope, receive, send):
        await HTMLResponse('<html lang="en"><head></head></html>')(scope, receive, send)

    async def asked(address: str) -> httpx.Response:
        transport = httpx.ASGITransport(StartPage(page))
        async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
            return await client.get(f"http://app{address}")

    return lambda address: asyncio.run(asked(address))


def test_an_address_no_page_has_leads_to_the_first_page_which_names_it(start, full, opened):
    assert start("/work-list?lang=ru").status_code == 200
    led = start("/service-impakt?lang=ru&region=north")
    assert led.status_code == 302
    assert led.headers["location"] == "/?lang=ru&no_page=service-impakt"
    # What stands in its place says so, once, in the reader's language.
    run = opened(full, "overview", lang="ru", no_page="service-impakt")
    told = "Страница service\\-impakt (показано: Обзор)"
    assert [each.value for each in run.warning] == [MISSED[1].format(values=told)]
    assert "no_page" not in run.query_params
    assert not run.run().warning


def test_whose_first_page_is_another_is_told_there(full, monkeypatch):
    care = Visitor("in", "actor", frozenset({"care"}), regions=None)
    monkeypatch.setenv("CX_HOME", str(full.home))
    monkeypatch.setattr("app.access._visitor", lambda settings: care)
    run = AppTest.from_file(str(REPO / "app" / "main.py"), default_timeout=30)
    run.query_params["no_page"] = "x" * 99
    healthy(run.run())
    assert run.title[0].value == CATALOGUE["service"][0]
    assert f"Page {'x' * 60} (shown: Service impact)" in run.warning[0].value


@pytest.mark.parametrize("path", ["//evil.example/x", "/%0d%0aset-cookie:a", "/../etc", "/a/churn"])
def test_no_address_leads_out_of_the_app(start, path):
    place = start(path).headers.get("location", "/")
    assert place.startswith("/") and not place.startswith("//")
    assert "\n" not in place


def test_a_page_is_found_with_a_stroke_behind_its_name(start):
    assert start("/churn/?m=2026-10").headers["location"] == "/churn?m=2026-10"


def test_what_an_operator_and_a_judge_of_models_look_for_stands_where_a_phone_shows_it(
    full, opened
):
    for page, view, first in (
        ("runs", "links", ["edge", "coverage"]),
        ("runs", "sources", ["feed", "rows"]),
        ("model_health", "", ["estimator", "auc"]),
    ):
        run = opened(full, page, **({"view": view} if view else {}))
        tables = [list(frame.value.columns)[:2] for frame in run.dataframe]
        assert first in tables, (page, view, tables)


def test_a_file_of_problems_holds_those_the_list_has_no_room_for(full, opened, monkeypatch):
    taken = {}

    def noted(rows, name, key, *, count=None, **_):
        taken[name] = rows, count

    monkeypatch.setattr(components, "download", noted)
    run = opened(full, "service_impact", period="all", lang="ru")
    whole, every = taken["problems"][0](), len(listed_problems(run))
    assert every > 1 and len(whole) == every
    monkeypatch.setattr(service, "LISTED_PROBLEMS", 1)
    run = opened(full, "service_impact", period="all", lang="ru")
    assert len(listed_problems(run)) == 1
    assert f"В списке 1 из {every}; в файле {every}." in healthy(run)
    rows, count = taken["problems"]
    pd.testing.assert_frame_equal(rows(), whole)
    assert count == every and whole["kind"].str.contains("лан").all()


def listed_problems(run: AppTest) -> pd.DataFrame:
    """Return the problems that Service impact lists."""
    return next(frame.value for frame in run.dataframe if "exits_30d" in frame.value)


def test_every_measure_that_an_estimator_writes_has_words():
    written = {
        name
        for path in (REPO / "ml").glob("*.py")
        for name in re.findall(r'"measure": "(\w+)"', path.read_text(encoding="utf-8"))
    }
    assert written
    assert {name for name in written if f"measure.{name}" not in CATALOGUE} == set()


# ------------------------------------------------------------------ Explore compares


def cells_of(run: AppTest) -> pd.DataFrame:
    """Return the cells that Explore lists."""
    return next(frame.value for frame in run.dataframe if "hidden" in frame.value)


def test_explore_tells_how_each_cell_changed_and_what_may_be_said_of_it(full, opened):
    run = opened(full, "explore", metric="M28", by="region")
    cells = cells_of(run)
    at = cells[cells["period"] == "2026-10-01"].set_index("slice")
    assert at.loc["North", "change"] == pytest.approx(4.4 - 2.1)
    assert at.loc["North", "verdict"] == "clear rise"
    # A cell that is hidden says nothing of its change, nor does one with nothing before it.
    assert at.loc[["Tiny", "South"], "change"].isna().all()
    assert at.loc["Tiny", "verdict"] == i18n.NOTHING
    alone = opened(full, "explore", metric="M28", by="region", only="north")
    assert "**+2.30 pp** against Sep 2026." in healthy(alone)
    # Without an interval the difference is told, and that nothing can be said of it.
    bare = opened(full, "explore", metric="M05", lang="ru")
    assert "(без интервала), +6,0 (сравнение: сентябрь 2026)." in healthy(bare)
    assert cells_of(bare)["verdict"].iloc[0] == "без интервала"


def test_explore_compares_with_last_year_and_with_a_target_where_there_is_one(own, opened):
    with writing(own) as connection:
        connection.execute(
            "insert into marts.metric_value select * replace ("
            "period_start - interval 1 year as period_start, 3.0 as value, 2.9 as ci_low, "
            "3.1 as ci_high, 'final' as status) from marts.metric_value "
            "where metric_id = 'M28' and period_start = '2026-10-01'"
        )
        connection.execute(
            "insert into marts.metric_target (metric_id, valid_from, target) "
            "values ('M28', '2026-01-01', 1.5)"
        )
    published(own)
    run = opened(own, "explore", metric="M28", vs="year")
    assert "**+1.40 pp** against Oct 2025." in healthy(run)
    assert CATALOGUE["explore.year_before"][0] in drawn(run)
    run = opened(own, "explore", metric="M28", vs="target")
    assert "**+2.90 pp** against target." in healthy(run)
    assert "the target, 1.50%" in healthy(run)
    # The page of another metric, which has none, compares with the month before.
    run = opened(own, "explore", metric="M42", vs="target")
    assert "no clear change against Sep 2026" in healthy(run)


def test_a_period_the_data_begins_within_is_nothing_to_compare_with(own, opened):
    with writing(own) as connection:
        connection.execute(
            "update marts.metric_value set status = 'provisional', value = 0.1 "
            "where metric_id = 'M28' and period_start = '2026-07-01'"
        )
    published(own)
    cells = cells_of(opened(own, "explore", metric="M28")).set_index("period")
    assert pd.isna(cells.loc["2026-08-01", "change"])
    assert cells.loc["2026-09-01", "change"] == pytest.approx(0.1)


def test_many_changes_at_once_are_judged_as_one_is(monkeypatch):
    figures = [(None, 1, 2), (2, None, None), (2.0, 1.9, 2.1), (2.0, 1.0, 3.0), (5.0, 4.9, 5.1)]
    pairs = [(now, before) for now in figures for before in figures]
    cells = pd.DataFrame([now for now, _ in pairs], columns=["value", "ci_low", "ci_high"])
    cells = cells.astype(float).assign(
        period_start=pd.Timestamp("2026-10-12"), dimension_value=[str(n) for n in range(len(pairs))]
    )
    earlier = pd.DataFrame([was for _, was in pairs], columns=["before_value", "low", "high"])
    earlier = earlier.astype(float).assign(dimension_value=cells["dimension_value"])
    for grain, code, start in (
        ("week", "prev", "2026-10-05"),
        ("week", "year", "2025-10-13"),  # a Monday as well
        ("day", "week", "2026-10-05"),
        ("day", "prev", "2026-10-11"),
    ):
        told = earlier.assign(compared_with=pd.Timestamp(start))
        monkeypatch.setattr(explore, "earlier", lambda *_, told=told: told.copy())
        found = explore_compare.compared(cells, "M28", "all", Against(grain, code))
        one_by_one = [compared(Figure(*now), Figure(*was)).verdict for now, was in pairs]
        assert found["verdict"].tolist() == one_by_one
        assert set(one_by_one) == {"none", "bare", "clear", "unclear"}


def test_a_moment_tells_which_share_comes_through_each_stage(full, opened):
    run = opened(full, "moments", journey="join", m="all")
    stages = next(frame.value for frame in run.dataframe if "journeys" in frame.value)
    counts = [int(each) for each in stages["journeys"] if each.isdigit()]
    assert len(counts) > 1
    for count in counts:  # the rows of a chart are bytes, which a message shows in octal digits
        assert f"{count} \\302\\267 {count / max(counts):.0%}" in drawn(run)


# ------------------------------------------------------------------ language


def test_the_language_is_switched_also_where_the_link_named_another(full, opened):
    run = opened(full, "overview", lang="ru")
    run.segmented_control(key="language.switch").set_value("en").run()
    assert run.title[0].value == CATALOGUE["overview"][0]
    assert run.query_params["lang"] == "en"
    # A link in another language that comes later wins again, as does Back.
    run.query_params["lang"] = "ru"
    assert run.run().title[0].value == CATALOGUE["overview"][1]
    assert run.segmented_control(key="language.switch").value == "ru"


# ------------------------------------------------------------------ in a narrow place, on paper


@pytest.mark.parametrize("broken", [BROKEN_ITEM, BROKEN_LABEL])
def test_a_label_of_a_narrow_chart_goes_on_in_a_second_line_instead_of_being_cut(broken):
    label, wide = "Расторжение клиентом", 215
    axis = {"labelExpr": broken.replace(WIDE, str(wide)), "labelLimit": 0.46 * wide}
    spec = {
        "data": {"values": [{"label": label}]},
        "mark": "bar",
        "encoding": {"y": {"field": "label", "type": "nominal", "axis": axis}},
    }
    drawn_texts = re.findall(r">([^<]+)</(?:text|tspan)>", vl_convert.vegalite_to_svg(spec))
    assert drawn_texts[:2] == label.split()


def test_a_printed_brief_cuts_no_table_at_an_edge_that_only_a_screen_has(full, monkeypatch):
    text = brief.html(noted(full, monkeypatch, "service_impact", period="all"))
    assert "@page{size:A4" in text and '<div class="scroll"><table>' in text
    printed = text.partition("@media print{")[2].partition("</style>")[0]
    assert ".scroll{overflow:visible}" in printed
    # A table longer than a page goes on with its heading on the next.
    assert "thead{display:table-header-group}" in printed and "table{break" not in printed
