"""What is written and drawn of a figure, without a release."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import streamlit as st

from app import (
    brief,
    chart_base,
    charts,
    compare,
    curve_plots,
    figures,
    horizon,
    i18n,
    notes,
    number_columns,
    plots,
    timelines,
)
from app.parts import (
    care_action,
    care_timeline,
    decisions_what_if,
    endangered,
    explore_cards,
    needs,
    target_list,
)
from app.views import moments


def test_a_share_of_all_has_no_mark_beyond_all():
    rows = pd.DataFrame({"label": ["a"], "value": [100.0], "value_text": ["100%"]})
    spec = charts.ranked(rows, tooltip=[], unit="%")
    assert spec["layer"][0]["encoding"]["x"]["axis"]["values"][-1] == 100
    # Where nothing comes near all of it the chart chooses for itself.
    spec = charts.ranked(rows.assign(value=2.0), tooltip=[], unit="%")
    assert "values" not in spec["layer"][0]["encoding"]["x"]["axis"]


def test_on_a_phone_a_problem_is_told_whole_in_two_lines():
    label = "Planned work, North, 23 Aug · PRB60000032"
    rows = pd.DataFrame({"label": [label], "value": [3.0], "value_text": ["3"]})
    spec = chart_base.framed(charts.ranked(rows, tooltip=[], label_width=265), 80)
    (phone,) = brief.drawn([spec], width=330)
    assert "…" not in phone
    assert "23 Aug · PRB60000032" in phone
    assert "Planned work, North,<" in phone
    (desk,) = brief.drawn([spec], width=900)
    assert label in desk


def test_a_chart_draws_no_empty_layer():
    bare = pd.DataFrame(
        {"label": ["a"], "value": [1.0], "low": [None], "high": [None], "is_clear": [True]}
    )
    assert len(plots.whiskers(bare, tooltip=[])["layer"]) == 1
    assert len(plots.whiskers(bare.assign(low=0.0, high=2.0), tooltip=[])["layer"]) == 2
    step = pd.DataFrame({"label": ["a"], "from": [0.0], "to": [1.0], "usual": [None], "state": "x"})
    how = {"tooltip": [], "states": [("x", "#000")], "unit": "s"}
    assert len(timelines.spans(step, **how)["layer"]) == 1
    assert len(timelines.spans(step.assign(usual=1.0), **how)["layer"]) == 2


def test_a_share_is_of_all_the_time_only_where_no_stage_is_hidden():
    stages = pd.DataFrame({"stage": ["in_work", "visit"], "journeys": [40.0, 12.0]})
    assert moments.of_shown(stages) == ""
    assert moments.of_shown(stages.assign(journeys=[40.0, None])) == ".shown"


def test_an_abbreviation_stays_large_within_a_sentence(monkeypatch):
    monkeypatch.setattr(i18n, "language", lambda: "ru")
    told = [i18n.inside(i18n.word("fault", cause)) for cause in ("software", "power")]
    assert told == ["ПО", "питание"]


@pytest.mark.parametrize(
    ("language", "count", "said"),
    [
        ("ru", 21, "21 подписка за 180 дней"),
        ("ru", 22, "22 подписки за 180 дней"),
        ("ru", 11, "11 подписок за 180 дней"),
        ("en", 21, "21 lines in 180 days"),
    ],
)
def test_lines_are_whole_and_stand_in_their_plural(monkeypatch, language, count, said):
    monkeypatch.setattr(i18n, "language", lambda: language)
    row = {"size": float(count), "size_unit": "lines in 180 days"}
    assert needs.size_text(row, None) == said


def test_a_card_says_what_is_not_final_and_what_stands_on_few(monkeypatch):
    month = pd.Timestamp("2026-10-01")
    values = pd.DataFrame(
        {
            "metric_id": "M28", "dimension_value": "all", "period_start": [month],
            "value": 1.9, "ci_low": 1.5, "ci_high": 2.5, "n": 19, "status": ["provisional"],
            "is_low_n": [True], "is_small": [False], "seen_share": None,
        }
    )  # fmt: skip
    reading = figures.read(values, "M28", month)
    assert figures.caveats(reading) == ["provisional", "only n = 19"]
    sure = values.assign(status="final", is_low_n=False, n=2_000)
    assert figures.caveats(figures.read(sure, "M28", month)) == []


def test_a_heat_map_keeps_the_place_of_a_month_that_is_hidden():
    cells = pd.DataFrame({"down": "a", "across": [0, 2], "value": [1.0, 2.0], "value_text": "1"})
    spec = plots.heat(cells, tooltip=[], across_title="month", acrosses=range(3))
    assert spec["encoding"]["x"]["scale"]["domain"] == [0, 1, 2]


def test_a_provisional_point_of_a_line_is_hollow():
    line = pd.DataFrame(
        {"x": [1, 2], "value": [1.0, 2.0], "low": None, "high": None, "series": "a"}
    )
    point = curve_plots.curves(line, series=["a"], tooltip=[])["layer"][-1]
    assert "fill" not in point["encoding"]
    told = line.assign(is_provisional=[False, True])
    point = curve_plots.curves(told, series=["a"], tooltip=[])["layer"][-1]
    assert point["encoding"]["fill"]["condition"]["test"] == "datum.is_provisional"


def test_a_share_of_time_is_told_alike_in_sentence_and_table():
    assert moments.share_text(0.99669) == moments.share_text(0.99669, 1) == "99.6%"


def test_both_ends_of_an_interval_are_as_exact():
    def told(low: float, high: float, unit: str) -> str:
        return figures.interval_text(compare.Figure((low + high) / 2, low, high), unit)

    assert told(-0.89, 24.0, "−100..100") == "−0.9 – 24.0"
    assert told(4.303, 10.21, "%") == "4.3% – 10.2%"
    assert told(1.411, 1.742, "% per 30 d") == "1.41% – 1.74%"


def test_saves_of_a_ranking_are_told_per_thousand_as_their_name_says():
    assert target_list.in_its_unit("qini", -0.00114) == "−1.14"
    assert target_list.in_its_unit("arm_auc", 0.4892) == "0.4892"


def test_a_share_of_some_is_not_told_as_none():
    assert [i18n.percent(value, 0) for value in (0.0, 0.2, 0.7)] == ["0%", "<1%", "1%"]


def test_a_small_mean_keeps_the_digits_its_change_has():
    assert (i18n.compact(0.118), i18n.compact(0.0), i18n.compact(1.25)) == ("0.12", "0", "1.2")


def test_a_caution_about_one_outcome_names_it():
    own = pd.DataFrame(
        {
            "outcome": ["contacts", "exits"],
            "warning": ["the effect may be none", None],
            "is_extrapolated": [False, False],
        }
    )
    assert decisions_what_if.cautions(own) == ["Contacts: the effect may be none"]
    assert decisions_what_if.cautions(own.assign(warning="the effect may be none")) == [
        "the effect may be none"
    ]


def test_the_tooltip_of_a_risk_names_the_day_its_window_ends(monkeypatch):
    told = pd.DataFrame({"window_to": [pd.Timestamp("2026-12-01")]})
    release = SimpleNamespace(has=lambda table: True)
    monkeypatch.setattr(horizon.horizon, "shown", lambda: release)
    monkeypatch.setattr(horizon.horizon, "ask", lambda sql: told)
    assert "leave before 1 Dec 2026." in horizon.score_help()
    monkeypatch.setattr(horizon.horizon, "ask", lambda sql: told.drop(columns="window_to"))
    assert "leave in the model's horizon." in horizon.score_help()


def test_an_axis_writes_a_share_as_its_language_does(monkeypatch):
    assert chart_base.number_axis("%")["labelExpr"].endswith("+ '%'")
    monkeypatch.setattr(chart_base, "language", lambda: "ru")
    monkeypatch.setattr(i18n, "language", lambda: "ru")
    assert chart_base.number_axis("%")["labelExpr"].endswith("+ '\u00a0%'")
    assert i18n.word("region", "South") == "Юг"


def test_a_month_that_is_hidden_is_a_gap_in_its_line(monkeypatch):
    monkeypatch.setattr(figures, "unit", lambda metric: "%")
    months = pd.date_range("2026-05-01", periods=5, freq="MS")
    history = pd.DataFrame(
        {
            "period_start": months,
            "value": [None, 1.0, None, 2.0, None],
            "ci_low": [None, 0.5, None, 1.5, None],
            "ci_high": [None, 1.5, None, 2.5, None],
            "status": "final",
        }
    )
    nothing = compare.Figure(None)
    reading = figures.Reading(
        "M28", months[3], None, "", "", nothing, compare.Change("none"), "", False, False, None,
        None, history,
    )  # fmt: skip
    rows = figures.trend_rows(reading)
    assert list(rows["month"]) == list(months[1:4])
    assert rows["value"].isna().tolist() == [False, True, False]
    spec = charts.trend(rows, value_title="", month_title="", interval_title="", unit="")
    assert not any("transform" in layer for layer in spec["layer"])


def test_two_lines_down_at_once_are_one_time_without_service():
    def down(since: str, until: str | None) -> dict:
        end = None if until is None else pd.Timestamp(f"2026-10-01 {until}")
        return {"occurred_at": pd.Timestamp(f"2026-10-01 {since}"), "ended_at": end}

    assert care_timeline.apart([]) == (0, 0)
    both = [down("10:00", "10:30"), down("10:00", "10:30"), down("10:20", "10:50")]
    assert care_timeline.apart([*both, down("12:00", "12:05"), down("13:00", None)]) == (3, 55)


def test_a_brief_writes_numbers_as_the_page_does(monkeypatch):
    told = [brief._text(value) for value in (np.int64(13666), 13666.0, 12345.678, 0.01234, True)]
    assert told == ["13,666", "13,666", "12,345.68", "0.0123", "✓"]
    monkeypatch.setattr(i18n, "language", lambda: "ru")
    assert brief._text(12345.678) == "12\u00a0345,68"


def test_a_round_number_of_contacts_stands_for_the_nearest_that_has_figures(monkeypatch):
    curve = pd.DataFrame({"contacts": [0, 16, 48, 96, 199, 300]})
    drawn = {}

    def choose(widget, label, options, *, default, format_func, **how):
        drawn.update({option: format_func(option) for option in options})
        return "100"

    monkeypatch.setattr(target_list.urls, "chosen", choose)
    assert target_list.choose_contacts("churn", curve, curve.iloc[1]) == 96
    assert drawn == {"0": "0", "16": "16", "50": "48", "100": "96", "200": "199", "300": "300"}


def test_what_is_left_out_is_told_of_how_many_rows_and_of_which_feeds_most():
    sources = pd.DataFrame(
        [("sim", "bills", 46_355, 1), ("sim", "offerings", 18, 2), ("sim", "visits", 900, 0)],
        columns=["source_system", "feed", "rows_read", "rows_quarantined"],
    )
    told = endangered.left_out(sources)
    assert told.startswith("Left out: **3** of 47,273 rows (0.006%); by share most of")
    assert "`sim.offerings` 2 of 18 (11.1%), `sim.bills` 1 of 46,355 (0.002%)." in told
    assert endangered.left_out(sources.assign(rows_quarantined=0)) == ""


@pytest.mark.parametrize(
    ("english", "russian"),
    [
        (
            "257 files: 1,996,756 rows read = 1,996,703 loaded + 53 quarantined + 0 dropped by "
            "rule; 0 known files passed over",
            "файлов: 257, прочитано строк 1\u00a0996\u00a0756 = загружено 1\u00a0996\u00a0703 + "
            "в карантине 53 + отброшено по правилу 0; известных файлов пропущено: 0",
        ),
        ("572 expectations hold", "выполнено ожиданий: 572"),
        (
            "1391 expectations hold, 1 warn (ops.file_ledger: no file has more than 5% of its rows "
            "in quarantine); shown, with that doubt: 12 pages, 41 answers and metrics; 53 of "
            "2,423,985 rows are left out, the largest share of sim.accounts: 12 of 240, so counts "
            "of a feed are off by no more than its share",
            "выполнено ожиданий: 1391, предупреждений: 1 (ops.file_ledger: у каждого файла в "
            "карантине не больше 5\u00a0% строк); показано с этой оговоркой: страниц 12, ответов "
            "и показателей 41; не учтено строк: 53 из 2\u00a0423\u00a0985, наибольшая доля в "
            "sim.accounts: 12 из 240, счёт по источнику неточен не более чем на эту долю",
        ),
        (
            "98.2%, 100.0% in the 9 deliveries before",
            "98,2\u00a0%, а в прошлых поставках (9) 100,0\u00a0%",
        ),
        ("0 of 2,590 rows", "0 из 2\u00a0590 строк"),
        (
            "outputs: 1 of 640 expectations say no, first: marts.agg_moment_step: minutes, shares "
            "and indices lie where they can (49 found); all in /r/index.html; the last release is "
            "still served",
            "результаты: не выполнено ожиданий 1 из 640, первое: marts.agg_moment_step: минуты, "
            "доли и индексы лежат в возможных границах (найдено: 49); всё – в /r/index.html; "
            "показывается прежний выпуск",
        ),
    ],
)
def test_what_a_run_notes_is_told_in_russian(monkeypatch, english, russian):
    monkeypatch.setattr(i18n, "language", lambda: "ru")
    assert notes.counted(english) == russian


def test_numbers_of_a_table_are_written_in_the_language_and_stay_numbers(monkeypatch):
    rows = pd.DataFrame({"eur": [1104.81, None], "n": [1960, 2], "name": ["a", "b"]})
    columns = {
        "eur": st.column_config.NumberColumn("EUR", format="%+.2f"),
        "n": st.column_config.NumberColumn("n", format="localized"),
        "name": "Name",
    }
    # In English, too: a browser of another language would write the blanks and commas of its own.
    for language, written in (
        ("en", [["+1,104.81", "1,960", "a"], ["–", "2", "b"]]),
        ("ru", [["+1\u00a0104,81", "1\u00a0960", "a"], ["–", "2", "b"]]),
    ):
        monkeypatch.setattr(i18n, "language", lambda spoken=language: spoken)
        styled, config = number_columns.localised(rows, columns)
        drawn = styled._translate(False, False)["body"]
        assert [[cell["display_value"] for cell in row[1:]] for row in drawn] == written
        assert styled.data is rows and config["eur"]["type_config"]["format"] is None


def test_moments_of_a_table_are_written_in_the_language_and_sorted_by_time(monkeypatch):
    """As texts 9 Nov 2026 stands behind 10 Dec 2025."""
    rows = pd.DataFrame(
        {
            "day": pd.to_datetime(["2026-11-09", None]),
            "moment": pd.to_datetime(["2026-11-09 07:05", None]),
            "month": pd.to_datetime(["2026-11-01", "2026-12-01"]),
        }
    )
    columns = {
        "day": st.column_config.DateColumn("Day"),
        "moment": st.column_config.DatetimeColumn("Moment"),
        "month": st.column_config.DateColumn("Month"),
    }
    for language, written in (
        ("en", ["9 Nov 2026", "9 Nov 2026, 07:05", "Nov 2026"]),
        ("ru", ["9 нояб. 2026", "9 нояб. 2026, 07:05", "ноябрь 2026"]),
    ):
        monkeypatch.setattr(i18n, "language", lambda spoken=language: spoken)
        styled, _ = number_columns.localised(rows, columns, {"month": i18n.month})
        first = styled._translate(False, False)["body"][0]
        assert [cell["display_value"] for cell in first[1:]] == written
        assert styled.data is rows


def test_dates_and_values_of_every_table_are_typed_so_that_they_sort(full, opened):
    typed = 0
    for page, address in (
        ("explore", {"by": "region"}),
        ("service_impact", {"period": "all"}),
        ("customer", {"id": "S001"}),
        ("customer", {"id": "S001", "view": "orders"}),
        ("runs", {}),
        ("runs", {"view": "gates"}),
        ("runs", {"view": "sources"}),
        ("runs", {"view": "drift"}),
        ("runs", {"view": "releases"}),
        ("churn", {"view": "trust"}),
        ("model_health", {}),
        ("decisions", {"view": "results"}),
    ):
        run = opened(full, page, **address)
        for frame in (each.value for each in run.dataframe):
            for name in frame.columns:
                if pd.api.types.is_datetime64_any_dtype(frame[name]):
                    typed += 1
                elif name != "promises":  # a story: one promise after the other
                    dates = frame[name].astype(str).str.fullmatch(r"\d+ [A-Z]\w\w \d{4}(, .*)?")
                    assert not dates.any(), (page, address, name)
    assert typed >= 12


def test_one_contact_of_three_is_no_habit(monkeypatch):
    def told(*contacts: tuple[str, int]) -> str:
        found = [
            care_action.Touch("inbound", channel, pd.Timestamp(f"2026-10-01 {hour:02}:00"))
            for channel, hour in contacts
        ]
        monkeypatch.setattr(care_action, "touches", lambda case, days: found)
        return care_action.habit(None)

    assert "mostly in the morning (UTC; 2)" in told(("phone", 8), ("phone", 9), ("shop", 20))
    assert "at no usual time of day" in told(("phone", 8), ("phone", 13), ("phone", 20))
    assert "none of them usual (3 times" in told(("phone", 8), ("shop", 8), ("chat", 8))


def test_a_heat_map_taken_in_the_dark_is_on_paper_what_it_is_in_the_light(monkeypatch):
    cells = pd.DataFrame({"down": ["a"], "across": [1], "value": [9.0], "value_text": ["9"]})
    made = {}
    for theme, tones in (("light", chart_base._LIGHT), ("dark", chart_base._DARK)):
        monkeypatch.setattr(chart_base, "colours", lambda tones=tones: tones)
        monkeypatch.setattr(plots, "colours", lambda tones=tones: tones)
        made[theme] = chart_base.for_paper(plots.heat(cells, tooltip=[], across_title=""), 640)
    assert made["dark"] == made["light"]


def test_a_single_point_shows_its_interval():
    one = pd.DataFrame({"x": [1], "value": [2.0], "low": [1.0], "high": [3.0], "series": ["a"]})
    marks = [
        layer["mark"]["type"]
        for layer in curve_plots.curves(one, series=["a"], tooltip=[])["layer"]
    ]
    assert marks == ["rule", "line", "point"]
    two = pd.concat([one, one.assign(x=2)])
    assert curve_plots.curves(two, series=["a"], tooltip=[])["layer"][0]["mark"]["type"] == "area"


def test_a_line_breaks_at_a_month_that_a_series_skips():
    line = pd.DataFrame(
        {
            "x": pd.to_datetime(["2026-05-01", "2026-08-01", "2026-06-01", "2026-07-01"]),
            "value": [1.0, 2.0, 3.0, 4.0],
            "series": ["a", "a", "b", "b"],
            "is_provisional": [False, True, False, False],
        }
    )
    rows = curve_plots.with_gaps(line)
    own = rows[rows["series"] == "a"]
    assert own["value"].isna().tolist() == [False, True, True, False]
    assert own["is_provisional"].tolist() == [False, False, False, True]
    assert own["is_alone"].tolist() == [True, False, False, True]
    spec = curve_plots.curves(rows.assign(low=rows["value"], high=3.0), series=["a"], tooltip=[])
    assert spec["layer"][-1]["mark"]["type"] == "rule"
    assert len(rows[rows["series"] == "b"]) == 2


def test_weeks_are_marked_by_each_month_they_span():
    weeks = pd.DataFrame(
        {"x": pd.date_range("2026-08-03", periods=13, freq="7D"), "value": 1.0, "series": "a"}
    ).assign(low=None, high=None)
    axis = curve_plots.curves(weeks, series=["a"], tooltip=[], is_time=True)["layer"][0][
        "encoding"
    ]["x"]["axis"]
    assert axis["tickCount"]["step"] == 1


def test_a_unit_that_is_cut_short_ends_a_caption_with_one_stop(monkeypatch):
    monkeypatch.setattr(explore_cards, "unit_text", lambda unit: "на 1000 за 30 дн.")
    assert explore_cards.with_unit("Все.", "x").endswith("за 30 дн.")
    assert not explore_cards.with_unit("Все.", "x").endswith("..")


def test_a_month_is_never_written_like_a_day():
    assert i18n.short_month("2026-09-01") == "Sep 2026"
    assert "%Y" in chart_base.month_axis(3)["labelExpr"]


def test_a_long_reason_goes_on_in_a_second_line_where_there_is_no_room_for_it():
    rows = pd.DataFrame(
        {"label": ["Kept back by chance, to measure"], "value": [3.0], "value_text": ["3"]}
    )
    spec = chart_base.framed(charts.ranked(rows, tooltip=[]), 80)
    (narrow,) = brief.drawn([spec], width=290)
    assert "…" not in narrow
    assert "measure<" in narrow
    (wide,) = brief.drawn([spec], width=900)
    assert "Kept back by chance, to measure" in wide


def test_a_picture_tells_what_its_colours_are():
    rows = pd.DataFrame(
        {"label": ["a", "b"], "value": [2.0, 1.0], "value_text": "x", "kind": ["Planned", "Own"]}
    )
    order = [("Own", "#000"), ("Planned", "#F00"), ("None of it", "#0F0")]
    spec = charts.ranked(rows, tooltip=[], colour_of="kind", colours_in_order=order)
    (drawn,) = brief.drawn([chart_base.framed(spec, 100)])
    assert ">Planned<" in drawn
    assert "None of it" not in drawn
    one = charts.ranked(rows[:1], tooltip=[], colour_of="kind", colours_in_order=order)
    assert one["layer"][0]["encoding"]["color"]["legend"] is None


def test_the_last_label_of_an_axis_is_not_cut_at_the_edge():
    rows = pd.DataFrame({"label": ["a"], "value": [64.0], "value_text": ["64%"]})
    axis = charts.ranked(rows, tooltip=[], unit="%")["layer"][0]["encoding"]["x"]["axis"]
    assert axis["labelFlush"]
