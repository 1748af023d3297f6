"""Pages of curves, campaigns, models, runs and metrics: full, empty, in part, for each role."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime

import pytest
from streamlit.testing.v1 import AppTest

from app import i18n, urls
from app.queries import currency
from cx.at_stake import AtStake, Verdict
from cx.files import write_json
from cx.settings import REPO
from cx.warehouse import writing
from tests.release_fixture import published
from tests.test_app import healthy

APP = REPO / "app"


def charts(run: AppTest) -> str:
    return "\n".join(str(chart.proto) for chart in run.get("vega_lite_chart"))


# ------------------------------------------------------------------ churn


def test_what_moved_the_rate_tells_clear_changes_from_chance(full, opened):
    run = opened(full, "churn")
    text = healthy(run)
    assert "**2** of 2 parts changed clearly" in text
    assert "Region: North" in charts(run)
    # Nine customers moved by 77.7: never drawn, in no chart.
    assert "Tiny" not in charts(run)


def test_effects_say_what_drives_customers_out_and_which_are_too_few_to_use(full, opened):
    run = opened(full, "churn")
    text = healthy(run)
    assert "**A bill shock** a thousand times over brings **34.0** exits (33.0 to 35.0)" in text
    assert "too few to use" in text
    # No key reaches the link in a figure's tooltip: it stands below the figures, too.
    assert "Definitions: [Churn](catalogue?metric=M28&lang=en)" in text
    assert "A contact not resolved" not in text
    drawn = charts(run)
    assert "A day late" not in drawn and "An hour without service" in drawn
    service = healthy(opened(full, "service_impact", period="all"))
    assert "**An hour without service** a thousand times over brings **2.1** exits" in service
    assert "A bill shock" not in service


def test_a_month_may_be_compared_with_a_target_or_with_last_year(own, opened):
    with writing(own) as connection:
        connection.execute(
            "insert into marts.metric_target values ('M28', '2000-01-01', 4.5, 'us')"
        )
    published(own)
    churn = opened(own, "churn", vs="target").metric[0]
    assert (churn.delta, churn.label) == ("no clear change", "Churn")
    assert "no clear change against target" in healthy(opened(own, "churn", vs="target"))
    with writing(own) as connection:
        connection.execute("update marts.metric_target set target = 1.5")
    published(own)
    assert opened(own, "churn", vs="target").metric[0].delta == "+2.90 pp"
    assert "nothing to compare it with" in healthy(opened(own, "churn", vs="year"))


def test_a_month_may_be_compared_with_any_other_which_the_link_keeps(own, opened):
    with writing(own) as connection:
        connection.execute(
            "insert into marts.metric_value select * replace ("
            "date '2024-03-01' as period_start, date '2024-04-01' as period_end, 3.0 as value, "
            "2.9 as ci_low, 3.1 as ci_high, 'final' as status) from marts.metric_value "
            "where metric_id = 'M28' and period_start = '2026-10-01'"
        )
    published(own)
    # More than the months of a sparkline ago.
    for page in ("churn", "overview"):
        run = opened(own, page, vs="2024-03")
        churn = next(each for each in run.metric if each.label == "Churn")
        assert churn.delta == "+1.40 pp"
        assert "against Mar 2024" in healthy(run)
        assert run.query_params["vs"] == "2024-03"
    assert "**+1.40 pp** against Mar 2024." in healthy(opened(own, "explore", vs="2024-03"))
    # A month is not beside itself; a later one may be.
    said = "What this link asks for is not here any more: Compare with"
    assert said in healthy(opened(own, "churn", vs="2026-10"))
    later = opened(own, "churn", m="2024-03", vs="2026-09")
    assert later.metric[0].delta == "+0.90 pp"
    assert opened(own, "churn", vs="2024-03", lang="ru").selectbox(key="churn.vs").value == (
        "2024-03"
    )


def test_survival_curves_leave_out_groups_of_fewer_than_ten(full, opened):
    run = opened(full, "churn", view="stay")
    text = healthy(run)
    assert "Monthly" in text
    assert "One year" not in text
    assert "One year" not in charts(run)
    assert "97.0% (96.5% – 97.6%)" in text
    left = healthy(opened(full, "churn", view="stay", cause="port_out"))
    assert "gone for this cause" in left


def test_the_target_list_says_what_it_is_and_leaves_out_who_is_held_out(full, opened):
    run = opened(full, "churn", view="target")
    text = healthy(run)
    assert "Risk, not persuadability" in text
    assert "Contacting **20** is expected to earn **200 EUR** against doing nothing" in text
    assert "**doing nothing may be as good.**" in text
    listed = next(frame.value for frame in run.dataframe if "profit_rank" in frame.value)
    assert "S003" not in set(listed["subscription_id"])
    assert len(listed) == 18


def test_doing_nothing_can_be_chosen_and_lists_nobody(full, opened):
    text = healthy(opened(full, "churn", view="target", n="0"))
    assert "Nobody to contact" in text
    assert "Contacting 0 would earn 200 EUR less." in text


def test_trust_says_where_the_model_is_wrong_and_whether_it_beats_the_rule(full, opened):
    run = opened(full, "churn", view="trust")
    text = healthy(run)
    assert "clearly better than the three-line rule" in text
    assert "In **1** of 3 groups the prediction lies outside" in text
    assert "In **1** of 2 groups the prediction is clearly off: Segment: Business." in text
    assert "drifted: 1" in text
    assert "Three-line rule" in charts(run)


def test_of_many_groups_a_model_is_wrong_for_those_furthest_off_are_named(own, opened):
    with writing(own) as connection:
        connection.execute(
            "insert into ml.ml_slice by name select * exclude (region, gap) replace ("
            "    region as dimension_value, 'region' as dimension, gap as calibration_gap,"
            "    gap - 0.001 as gap_low, gap + 0.001 as gap_high"
            ") from ml.ml_slice cross join"
            " (values ('east', 0.004), ('west', 0.02), ('south', -0.03)) as more (region, gap)"
            " where dimension_value = 'consumer'"
        )
    published(own)
    text = healthy(opened(own, "churn", view="trust"))
    furthest = "Region: South, Region: West, Segment: Business"
    assert f"In **4** of 5 groups the prediction is clearly off, furthest: {furthest}." in text


def test_a_model_that_is_not_proven_better_is_said_to_be_so(own, opened):
    with writing(own) as connection:
        connection.execute("update ml.ml_backtest set low = -0.001 where metric = 'log_loss_gain'")
    published(own)
    text = healthy(opened(own, "churn", view="trust"))
    assert "not proven better than the three-line rule" in text


VIEWS = ("why", "stay", "risk", "target", "trust")


@pytest.mark.parametrize("view", VIEWS)
def test_every_part_of_churn_speaks_russian(full, opened, view):
    assert "Отток" in healthy(opened(full, "churn", view=view, lang="ru"))


def test_every_part_of_churn_has_an_empty_state(own, opened):
    tables = "survival_curve profit_curve uplift_score uplift backtest slice decision drift "
    with writing(own) as connection:
        for table in (tables + "calibration score evaluation").split():
            connection.execute(f"delete from ml.ml_{table}")
    published(own)
    said = {view: healthy(opened(own, "churn", view=view)) for view in VIEWS}
    assert "No curves in this release" in said["stay"]
    assert "No campaign to plan" in said["target"]
    assert "No back-test" in said["trust"]


def test_a_release_made_before_lists_were_kept_says_what_brings_them(own, opened):
    with writing(own) as connection:
        for table in ("risk_list", "target_list"):
            connection.execute(f"drop table ml.ml_{table}")
    published(own)
    for view, title in (("risk", "Nobody to list"), ("target", "Nobody to contact")):
        text = healthy(opened(own, "churn", view=view))
        assert title in text and "the next run lists them" in text


# ------------------------------------------------------------------ runs


def test_runs_say_how_the_run_went_and_what_a_failed_gate_endangers(full, opened):
    run = opened(full, "runs")
    text = healthy(run)
    assert "The run of 31 Oct 2026, 02:00 UTC: **failed**; **2** of 3 expectations" in text
    assert "It endangers page Churn, M33 ARPU." in text
    assert "15 min" in text  # the build took 900 s, usually 450
    assert "8 min" in text
    text = healthy(opened(full, "runs", view="gates"))
    assert "every bill has an account" in text
    assert "months are whole" not in text
    assert "months are whole" in healthy(opened(full, "runs", view="gates", which="all"))


def test_a_waived_gate_is_no_alarm(own, opened):
    with writing(own) as connection:
        connection.execute("update ops.dq_result set is_waived = true where severity = 'stop'")
    published(own)
    assert "endangers" not in healthy(opened(own, "runs"))


def test_runs_tell_a_later_run_that_failed_and_so_published_nothing(own, opened):
    own.state.mkdir(exist_ok=True)
    (own.state / "metrics.prom").write_text(
        'cx_run_state{state="failed"} 1.0\ncx_run_state{state="ok"} 0.0\n'
        "cx_run_started_timestamp_seconds 1.7936e+09\ncx_run_ended_timestamp_seconds 1.7937e+09\n"
    )
    run = opened(own, "runs")
    healthy(run)
    assert "A later run (2 Nov 2026" in run.error[0].value
    assert "**failed**" in run.error[0].value
    # What it left behind says at what it stopped, and what stands on that.
    stop = Verdict("arrivals", "raw.bill", "every bill has an account", "stop", False, "7 rows",
                   ["page Churn", "M33", "revenue"])  # fmt: skip
    waived = replace(stop, endangers=["M01"], is_waived=True)
    started = datetime.fromtimestamp(1.7936e9, UTC).replace(tzinfo=None)
    torn = {"feed": "sim.bills", "file": "bills_1.parquet", "reason": "is torn"}
    left = AtStake("run-3", "failed", started, "check arrivals", [stop, waived], "no", [torn])
    write_json(own.state / "at_stake.json", asdict(left))
    run = opened(own, "runs")
    assert "Every page still shows data to **31 Oct 2026**" in healthy(run)
    assert "stopped at: **Check arrivals**" in healthy(run)
    # What stopped it is named whole, each refused file with its reason, and what comes next.
    said = healthy(run).replace("\\", "")
    assert "raw.bill: every bill has an account (7 rows)" in said
    assert "File bills_1.parquet (feed sim.bills) was refused: is torn" in said
    assert "`cx check arrivals` asks again" in said
    table = run.dataframe[0].value.set_index("what")
    assert list(table.index[:3]) == ["Churn", "What a subscription is worth (M33)", "M33 ARPU"]
    assert list(table["kind"][:3]) == ["page", "answer", "metric"]
    assert "raw.bill: every bill has an account" in table.loc["M33 ARPU", "because"]
    assert table.loc["M33 ARPU", "state"] == "old, shown as before"
    assert "M01 NPS" not in table.index
    # Where no gate was asked, its last words are told.
    dbt = replace(left, step="build", said_no=[], refused=[], message="dbt build failed: not_null")
    write_json(own.state / "at_stake.json", asdict(dbt))
    said = healthy(opened(own, "runs")).replace("\\", "")
    assert "dbt build failed: not_null" in said
    assert "code_map.csv" in said
    # Of another run it says nothing.
    write_json(own.state / "at_stake.json", asdict(replace(left, started_at=datetime(2026, 9, 1))))
    assert "stopped at" not in healthy(opened(own, "runs"))


def test_the_run_that_published_is_told_with_the_end_it_had_afterwards(own, opened):
    """Its own row in the release says that it is running: a release is written before its end."""
    with writing(own) as connection:
        connection.execute(
            "update ops.run_ledger set status = 'running', ended_at = null where run_id = 'run-2'"
        )
    published(own)
    assert "running then" in healthy(opened(own, "runs"))
    own.state.mkdir(exist_ok=True)
    (own.state / "metrics.prom").write_text(
        'cx_run_state{state="ok"} 1.0\ncx_run_started_timestamp_seconds 1793412000.2\n'
        "cx_run_ended_timestamp_seconds 1793412660\n"
    )
    assert "31 Oct 2026, 02:00 UTC: **done**" in healthy(opened(own, "runs"))
    # Also while a later one is told of.
    (own.state / "metrics.prom").write_text(
        'cx_run_state{state="failed"} 1.0\ncx_run_started_timestamp_seconds 1.7936e+09\n'
    )
    run = opened(own, "runs")
    assert "31 Oct 2026, 02:00 UTC: **done**" in healthy(run)
    assert "**failed**" in run.error[0].value


def test_quarantine_links_drift_and_releases_are_told(full, opened):
    assert "not a date" in healthy(opened(full, "runs", view="sources"))
    assert "fill the column: trouble_ticket.service_id" in healthy(
        opened(full, "runs", view="links")
    )
    # Every row that should be linked has a column to stand in.
    links = opened(full, "runs", view="links").dataframe[0].value
    assert {"linked", "unsure", "orphans", "ambiguous", "nameless"} <= set(links)
    assert "Damage by faults" in healthy(opened(full, "runs", view="drift"))
    assert "shown now" in healthy(opened(full, "runs", view="releases"))


def test_a_release_without_runs_says_so(empty, opened):
    assert "This release tells of no run" in healthy(opened(empty, "runs"))


def test_money_names_its_currency_in_either_language():
    assert (currency.named_by("EUR per month"), currency.named_by("min")) == ("EUR", "")
    assert i18n.unit_word("PLN per month") == "PLN per month"
    assert i18n.unit_word("money per month") == "money per month"
    assert i18n.unit_word("per 1000 per 30 d") == i18n.word("metric_unit", "per 1000 per 30 d")


# ------------------------------------------------------------------ catalogue and explore


def test_the_catalogue_tells_every_contract_and_leads_to_where_it_is_shown(full, opened):
    run = opened(full, "catalogue", metric="M42")
    text = healthy(run)
    assert "**13** contracts: **13** have a value" in text
    assert "Definition of M42." in text
    assert "- **Sees through links**: Contact → customer" in text
    assert "by slice only" in text
    listed = next(frame.value for frame in run.dataframe if "better" in frame.value)
    assert len(listed) == 13


def test_the_catalogue_is_searched_by_name_id_and_definition(full, opened):
    run = opened(full, "catalogue", q="voluntary")
    listed = next(frame.value for frame in run.dataframe if "better" in frame.value)
    assert {name.partition(" · ")[0] for name in listed["name"]} == {"M29v", "M29i"}
    assert "No contract matches" in healthy(opened(full, "catalogue", q="zzz"))


def test_lineage_leads_from_a_metric_to_what_was_delivered():
    from app import lineage

    assert lineage.model_of("M29v") == "met_m28_churn"
    assert lineage.model_of("M05b") == "met_m05_contact_rate"
    assert lineage.model_of("M44") is None
    behind = {each for pair in lineage.graph("met_m05_contact_rate") for each in pair}
    assert "fct_interaction" in behind
    drawn = lineage.mermaid("met_m28_churn", "M28")
    assert "--> " in drawn
    assert "wrappingWidth" in drawn  # long names whole, not broken in two


def test_explore_shows_hidden_cells_as_hidden_and_never_their_figures(full, opened):
    run = opened(full, "explore", metric="M28", by="region")
    text = healthy(run)
    assert "77.7" not in text + charts(run)
    cells = next(frame.value for frame in run.dataframe if "hidden" in frame.value)
    hidden = cells[cells["hidden"]]
    assert "Tiny" in set(hidden["slice"])
    assert hidden[["value", "numerator", "denominator"]].isna().all(axis=None)
    assert "cells are about fewer than ten customers" in text


def test_two_slices_at_once_are_a_grid_without_its_hidden_cells(full, opened):
    run = opened(full, "explore", metric="M28", by="family+region")
    text, drawn = healthy(run), charts(run)
    assert "TV × Tiny" in text and "1 of 4 cells" in text.replace("*", "")
    assert "66.6" not in text + drawn
    # Tiny has no cell that may be told, so no row or column either: it is named.
    assert "No place for what is hidden whole: Tiny." in text
    grid = charts(opened(full, "churn"))
    assert "TV" in grid and "2.60" in grid and "66.6" not in grid
    alone = opened(full, "explore", metric="M28", by="family+region", only="tv + north")
    assert "TV × North: **2.60" in healthy(alone)


def test_explore_keeps_its_view_in_the_address(full, opened):
    run = opened(full, "explore", metric="M42", by="segment")
    assert "**Experience index (CXI)**, Consumer: **90.5**" in healthy(run)
    again = opened(full, "explore", **dict(run.query_params))
    assert healthy(again) == healthy(run)
    assert opened(full, "explore", metric="M99", grain="'", by="x").selectbox[0].value == "M28"


def test_new_pages_speak_russian_and_have_an_empty_state(full, empty, opened):
    for page, title in (
        ("explore", "Исследование"),
        ("catalogue", "Каталог показателей"),
        ("runs", "Запуски и качество данных"),
        ("retention", "Удержание"),
        ("moments", "Моменты"),
        ("model_health", "Состояние моделей"),
    ):
        assert title in healthy(opened(full, page, lang="ru"))
        assert "in this release" in (text := healthy(opened(empty, page))) or "of no run" in text


# ------------------------------------------------------------------ retention, moments, models


def test_cohorts_tell_whether_newer_customers_stay_and_hide_few_leavers(full, opened):
    run = opened(full, "retention", at="3")
    text = healthy(run)
    assert "After 3 months **87.5%** of those who joined in Jun 2026 are still here" in text
    assert "**clearly fewer** than of May 2026 (94.5%). Provisional: some may still come" in text
    assert "Provisional" not in healthy(opened(full, "retention", at="2"))
    drawn = charts(run)
    assert "May 2026" in drawn
    assert "Jul 2026" not in drawn
    assert "6 of 12 cells are hidden" in text


def test_where_too_few_cohorts_can_be_told_of_the_day_of_the_next_stands(full, opened):
    """Months are counted from the end of that of joining, as the newest cohort shows."""
    north = opened(full, "retention", at="1", part="region:north")
    assert "The cohort of Aug 2026 has 1 month behind it on 1 Oct 2026." in healthy(north)
    told = healthy(opened(full, "retention", at="3"))
    assert "behind it on" not in told  # two can be compared


def test_a_period_too_short_to_see_who_left_says_so(full, opened):
    assert "nobody was hit 30 days ago or earlier" in " ".join(
        str(metric.proto.delta_description)
        for metric in opened(full, "service_impact", period="30d").metric
    )


def test_what_a_table_is_for_stands_in_the_columns_a_phone_shows(full, opened):
    for page, first in (
        ("overview", ["metric", "value", "change", "verdict"]),
        ("overview", ["status", "question"]),
        ("work_list", ["subscription_id", "value", "action"]),
    ):
        tables = [list(frame.value.columns) for frame in opened(full, page).dataframe]
        assert any(table[: len(first)] == first for table in tables), (page, tables)


def test_a_link_to_a_problem_that_is_gone_names_it_below_the_header(full, opened):
    (told,) = opened(full, "service_impact", period="all", problem="P-GONE").warning
    assert "not here any more: Problem P-GONE" in told.value.replace("\\", "")


def each_a_customer(rows):
    return rows.assign(
        left_customers=rows["left_by"], here_customers=rows["joined"] - rows["left_by"]
    )


def test_no_cell_of_a_cohort_nor_a_difference_of_two_is_of_few_leavers():
    import pandas as pd

    from app.queries.cohorts import without_few_leavers

    left = [0, 0, 3, 9, 10, 15, 21, 21, 95]
    rows = pd.DataFrame(
        {
            "cohort_month": 1,
            "month_number": range(len(left)),
            "joined": 100,
            "customers": 90,
            "left_by": left,
        }
    )
    told = without_few_leavers(each_a_customer(rows))
    shown = told[~told["is_hidden"]]["left_by"].tolist()
    assert shown == [0, 0, 10, 21, 21]
    assert told[told["is_hidden"]]["left_by"].isna().all()
    # Ten lines of one customer, then ten of ten; in the end ninety lines of nine are left.
    rows = rows[:4].assign(
        left_by=[0, 10, 20, 21], left_customers=[0, 1, 11, 21], here_customers=[90, 90, 80, 9]
    )
    assert without_few_leavers(rows)["is_hidden"].tolist() == [False, True, False, True]


def test_a_month_of_a_cohort_is_told_of_all_parts_of_the_base_or_of_none():
    import pandas as pd

    from app.queries.cohorts import without_few_in_any, without_few_leavers

    left = {"north": [0, 12, 24, 40], "south": [0, 15, 19, 40]}
    rows = pd.DataFrame(
        [
            {
                "dimension_value": part,
                "cohort_month": 1,
                "month_number": number,
                "joined": 200,
                "customers": 190,
                "left_by": gone,
            }
            for part, lost in left.items()
            for number, gone in enumerate(lost)
        ]
    )
    keys = ["cohort_month", "month_number"]
    rows = each_a_customer(rows)
    whole = rows.groupby(keys).sum(numeric_only=True).reset_index()
    told = without_few_in_any(rows, without_few_leavers(whole))
    shown = told.groupby("month_number")["is_hidden"].agg(["min", "max"])
    # In the third month four left of the south, sixteen of all: it is told of neither part.
    assert shown["min"].tolist() == shown["max"].tolist() == [False, False, True, False]
    # Who nine customers are does not follow from the parts shown: another part is hidden with them.
    tiny = rows[rows["dimension_value"] == "north"].assign(
        dimension_value="tiny", joined=9, customers=9, left_by=0, left_customers=0, here_customers=9
    )
    small = pd.concat([rows.assign(customers=rows["dimension_value"].map(
        {"north": 180, "south": 190})), tiny], ignore_index=True)  # fmt: skip
    told = without_few_in_any(small, without_few_leavers(whole)).set_index("dimension_value")
    assert told.loc[["tiny", "north"], "is_hidden"].all()
    assert told.loc[["tiny", "north"], "joined"].isna().all()
    assert told.loc["south", "is_hidden"].tolist() == [False, False, True, False]
    assert told.loc["south", "joined"].tolist() == [200.0] * 4


def test_of_those_here_as_a_month_began_the_share_here_at_its_end_is_told(full, opened):
    run = opened(full, "retention", kind="recurring")
    text = healthy(run)
    # Of 45 who left, and the three who came and left within the month: told apart by churn else.
    assert "as Oct 2026 began **95.2%** were still here at its end" in text
    assert "**clearly fewer** than in Sep 2026 (97.6%). Provisional" in text
    assert "they count as having left" in text
    months = next(frame.value for frame in run.dataframe if "opening" in frame.value)
    assert months["left_in"].tolist() == [48.0, 48.0]
    # Eight of the south left in September: it is told of neither region.
    north = opened(full, "retention", kind="recurring", part="region:north")
    told = next(frame.value for frame in north.dataframe if "opening" in frame.value)
    assert told["left_in"].fillna(-1).tolist() == [48.0, -1.0]
    assert "1 of 2 months are hidden" in healthy(north)


def test_cohort_sizes_stand_beside_the_triangle_but_of_few(full, opened):
    run = opened(full, "retention")
    sizes = next(frame.value for frame in run.dataframe if "still_here" in frame.value)
    assert sizes["joined"].fillna(-1).tolist() == [-1.0, 400.0, 400.0]
    assert sizes["customers"].fillna(-1).tolist() == [-1.0, 380.0, 380.0]
    assert sizes["still_here"].fillna(-1).round(1).tolist() == [-1.0, 87.5, 94.5]


def test_a_month_the_base_opened_is_told_without_who_came_and_left():
    import pandas as pd

    from app.queries.base_months import as_told

    def of(part, left, came):
        return {
            "dimension_value": part,
            "month_start": 1,
            "opening": 200,
            "customers": 190,
            "left_in": left,
            "left_customers": left,
            "came_and_left": came,
            "came_and_left_customers": came,
            "is_final": True,
        }

    def left(*parts, hidden=()):
        rows = pd.DataFrame(parts)
        whole = pd.DataFrame([of("all", *rows[["left_in", "came_and_left"]].sum())])
        exits = (rows["left_in"] + rows["came_and_left"]).astype(float)
        churn = pd.DataFrame(
            {
                "dimension_value": rows["dimension_value"],
                "period_start": pd.to_datetime(rows["month_start"]),
                "numerator": exits.mask(rows["dimension_value"].isin(hidden)),
            }
        )
        return as_told(rows, whole, churn)["left_in"].fillna(-1).tolist()

    assert left(of("north", 20, 12), of("south", 30, 0)) == [20.0, 30.0]
    # Three of the south came and left: in both they count with the others.
    assert left(of("north", 20, 12), of("south", 30, 3)) == [32.0, 33.0]
    # Nine left: nobody is told of, for the whole less the north is the south.
    assert left(of("north", 20, 0), of("south", 9, 0)) == [-1.0, -1.0]
    # What churn (M28) hides, whatever for, is hidden here.
    assert left(of("north", 20, 0), of("south", 30, 0), hidden=["south"]) == [20.0, -1.0]


def test_retention_tells_of_a_part_of_the_base(full, opened):
    run = opened(full, "retention", at="3", part="region:north")
    healthy(run)
    assert dict(run.query_params)["part"] == "region:north"


def test_cohorts_of_a_quarter_are_told_where_the_reader_asks_for_them(full, opened):
    run = opened(full, "retention", at="1", grain="quarter")
    text = healthy(run)
    assert dict(run.query_params)["grain"] == "quarter"
    assert "Cohorts by quarter of joining" in text
    sizes = next(frame.value for frame in run.dataframe if "still_here" in frame.value)
    assert sizes["cohort_month"].dt.month.tolist() == [7, 4]
    assert "People of the cohort" not in [box.label for box in run.selectbox]


def test_cohorts_are_told_as_lines_where_the_reader_asks_for_them(full, opened):
    share = charts(opened(full, "retention", at="3"))
    lines = opened(full, "retention", at="3", **{"as": "count"})
    healthy(lines)
    assert dict(lines.query_params)["as"] == "count"
    assert charts(lines) != share


def test_a_moment_says_which_stage_takes_the_time_and_hides_small_ones(full, opened):
    run = opened(full, "moments", m="all")
    text = healthy(run)
    # Nobody can tell how long the hidden one took: the share is not of all the time.
    assert "**Join**: of the time in the stages shown, **In work** takes" in text
    assert "Compare with" not in [box.label for box in run.selectbox]
    assert "6.2 d" in text and "12.5 d" in text
    stages = next(frame.value for frame in run.dataframe if "office" in frame.value)
    small = stages[stages["stage"] == "Fallout"].iloc[0]
    assert (small["journeys"], small["median"]) == ("< 10", "–")
    # Until the due time of the order; not where three had one.
    due = stages.set_index("stage")["due"]
    assert (due["Ordered"], due["In work"]) == ("90 min", "–")
    assert "Orange stroke" in text
    assert "Fallout" not in charts(run)


def test_a_stage_of_few_in_one_part_hides_another_part_with_it(full, opened):
    run = opened(full, "moments", part="region:north")
    healthy(run)
    stages = next(frame.value for frame in run.dataframe if "office" in frame.value)
    told = stages.set_index("stage")[["journeys", "before"]]
    assert told.loc["Ordered"].tolist() == ["150", "11 min"]
    assert told.loc["In work"].tolist() == ["< 10", "–"]


def test_moments_are_told_of_the_channel_they_began_on(own, opened):
    with writing(own) as connection:
        connection.execute(
            "insert into marts.agg_moment_step by name select * replace ('degrade' as "
            "journey_type) from marts.agg_moment_step where dimension = 'all'"
        )
    published(own)
    run = opened(own, "moments", part="channel:web")
    assert "of a channel those that began on it" in healthy(run)
    stages = next(frame.value for frame in run.dataframe if "office" in frame.value)
    assert stages.set_index("stage")["journeys"].to_dict() == {"Ordered": "180"}
    # A fault begins on none, so that none is offered there.
    faults = opened(own, "moments", journey="degrade")
    healthy(faults)
    for moment, offered in ((run, True), (faults, False)):
        parts = next(box.options for box in moment.selectbox if box.label == "Part of the base")
        assert ("Channel: Web" in parts) == offered


def test_model_health_tells_which_model_serves_and_why(full, opened):
    text = healthy(opened(full, "model_health"))
    assert "**Churn**: `ChurnClassifier` serves" in text
    assert "clearly better than the three-line rule" in text
    text = healthy(opened(full, "model_health", target="next_product"))
    assert "no model serves" in text
    assert "too few orders of add-ons" in text


# ------------------------------------------------------------------ exports


def test_a_workbook_holds_texts_numbers_and_dates_and_runs_no_formula(tmp_path):
    import io
    from datetime import date

    import pandas as pd
    from python_calamine import CalamineWorkbook

    from app.exports import as_csv, as_xlsx

    rows = pd.DataFrame(
        {
            "=name": ["=HYPERLINK(1)", "plain", None],
            "amount": [-5.5, float("nan"), 2],
            "day": [date(2026, 10, 1), None, date(2026, 10, 2)],
            "yes": [True, False, True],
            "list": [["a", "b"], [], None],
        }
    )
    read = CalamineWorkbook.from_filelike(io.BytesIO(as_xlsx(rows))).get_sheet_by_index(0)
    told = read.to_python()
    assert told[0][0] == "'=name"
    assert told[1][:4] == ["'=HYPERLINK(1)", -5.5, date(2026, 10, 1), True]
    assert told[2][1] == ""
    assert told[1][4] == "a, b"
    assert b"<f>" not in as_xlsx(rows)
    assert b'"a, b"' in as_csv(rows)


def test_a_workbook_taken_in_russian_has_russian_headings_and_a_csv_its_names(full, monkeypatch):
    import io

    import pandas as pd
    from python_calamine import CalamineWorkbook

    from app import access, exports

    monkeypatch.setattr(exports, "export_told", lambda *_, **__: None)
    who = access.Visitor("demo", "reader", frozenset({"analyst"}), regions=None)
    rows = pd.DataFrame({"metric_id": ["M28"], "ci_low": [1.5], "of_my_own": [2]})
    for language, headings in (
        ("ru", ["Показатель (код)", "Низ 95 %", "of_my_own"]),
        ("en", ["metric_id", "ci_low", "of_my_own"]),
    ):
        book = exports.taken(rows, "x", who, "export", "xlsx", language)
        read = CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0).to_python()
        assert read == [headings, ["M28", 1.5, 2.0]]
    taken = exports.taken(rows, "x", who, "export", "csv", "ru").decode("utf-8-sig")
    assert taken.startswith("metric_id,ci_low,of_my_own")


def test_every_column_that_is_taken_has_a_russian_heading(full, opened, monkeypatch):
    from app import components
    from app.words.columns import HEADINGS

    taken = set()

    def noted(rows, name, key, **_):
        taken.update(map(str, (rows() if callable(rows) else rows).columns))

    monkeypatch.setattr(components, "download", noted)
    for page, views in (
        *((page, ("",)) for page in ("overview", "retention", "service_impact", "moments")),
        *((page, ("",)) for page in ("work_list", "explore", "catalogue", "model_health")),
        ("churn", ("why", *VIEWS)),
        ("decisions", ("plan", "what_if", "results")),
        ("preferences", ("segments", "habits", "needs")),
        ("runs", ("runs", "gates", "sources", "links", "drift")),
        *((page, ("life", "orders", "standing")) for page in ("customer",)),
    ):
        for view in views:
            who = {"id": "S001"} if page == "customer" else {}
            healthy(opened(full, page, **({"view": view} if view else {}), **who))
    healthy(opened(full, "moments", journey="join", m="all", stage="ordered"))
    healthy(opened(full, "retention", cohort="2026-06"))
    healthy(opened(full, "retention", kind="recurring"))
    assert len(taken) > 150
    assert taken - set(HEADINGS) == set()


# ------------------------------------------------------------------ a part of the base


def test_overview_tells_of_a_part_of_the_base_what_it_tells_of_all(full, opened):
    run = opened(full, "overview", part="region:north")
    text = healthy(run)
    assert "**4.40%** of subscriptions left" in text
    assert "Most frequent cause" not in text  # causes are counted over the whole base only
    assert "Whole base, Oct 2026" in text
    tiny = opened(full, "overview", part="region:tiny")
    assert "77.7" not in healthy(tiny) + charts(tiny)
    assert "counts too few people to be shown" in healthy(tiny)
    assert opened(full, "overview", part="region:nowhere").selectbox[1].value == "all"


# ------------------------------------------------------------------ kept views, notes, marks


def test_the_costliest_outages_stand_on_charts_over_time_by_themselves(full, opened):
    text = healthy(opened(full, "churn"))
    assert "▾ 20 Aug 2026: Software, North: 120 customer-minutes" in text
    assert "10 Sep 2026: Fibre cut, North: 7,500 customer-minutes" in text
    # Three customers were hit by it, and planned work is no outage.
    assert "5 Oct 2026" not in text
    assert "2 Oct 2026: " not in text


def test_a_kept_view_is_there_for_whoever_kept_it_and_leads_back(own, opened):
    run = opened(own, "churn", view="trust", vs="year")
    run.text_input(key="view.name").set_value("Trust, yearly")
    run.button(key="view.keep").click().run()
    healthy(run)
    from app import notebook

    (kept,) = [notebook.View(**each) for each in notebook._read()["views"]]
    assert (kept.page, kept.address) == ("churn", {"view": "trust", "vs": "year"})
    again = opened(own, "overview")
    assert "Trust, yearly" in [link.proto.label for link in again.get("page_link")]
    again.button(key="view.forget.0").click().run()
    assert not again.get("page_link")


def test_a_note_stands_on_every_chart_and_needs_the_right(own, opened, monkeypatch):
    from datetime import date

    from app import access, notebook

    run = opened(own, "churn")
    # At first it stands where charts end, not on a day they do not show.
    assert run.date_input(key="note.day").value == date(2026, 10, 31)
    run.date_input(key="note.day").set_value(date(2026, 9, 15))
    run.text_input(key="note.text").set_value("New prices\n\x00 <b>")
    run.button(key="note.keep").click().run()
    assert r"15 Sep 2026: New prices \<b\>" in healthy(run)
    assert "15 Sep 2026: New prices" in healthy(opened(own, "overview"))
    assert "15 Sep 2026: New prices" in healthy(opened(own, "explore", metric="M42"))
    assert "15 Sep 2026: New prices" in healthy(opened(own, "moments"))
    monkeypatch.setattr(access, "visitor", lambda: access.Visitor("in", "x", frozenset({"viewer"})))
    with pytest.raises(access.NotAllowed):
        notebook.keep_note(date(2026, 9, 15), "mine")


def test_the_notebook_takes_two_hundred_of_each_and_no_page_that_is_not_there(own, monkeypatch):
    from app import access, notebook

    monkeypatch.setenv("CX_HOME", str(own.home))
    analyst = access.Visitor("in", "x", frozenset({"analyst"}))
    monkeypatch.setattr(access, "visitor", lambda: analyst)
    assert not notebook.keep_view("a", "nowhere", {})
    assert not notebook.keep_view(" \n", "churn", {})
    for n in range(notebook.MOST):
        assert notebook.keep_view(f"v{n}", "churn", {"m": "2026-10"})
    assert not notebook.keep_view("one more", "churn", {})
    assert notebook.keep_view("v7", "runs", {})
    assert len(notebook.views()) == notebook.MOST
    other = access.Visitor("in", "y", frozenset({"analyst"}))
    monkeypatch.setattr(access, "visitor", lambda: other)
    assert notebook.views() == []


# ------------------------------------------------------------------ added up before anybody looks


def test_what_cx_score_added_up_is_what_the_lines_add_up_to(full, monkeypatch):
    """Totals, spread and themes of everybody and of each kind of part: from both, the same."""
    import pandas as pd
    import streamlit as st

    from app import access, serving
    from app.queries import churn

    monkeypatch.setenv("CX_HOME", str(full.home))
    monkeypatch.setattr(st, "session_state", {"visitor": access.Visitor("demo", regions=None)})
    serving.choose()
    day = pd.Timestamp("2026-11-01").date()
    for scope in (
        (day, "all", "all"),
        (day, "region", "north"),
        (day, "segment", "business"),
        (day, "family", "broadband"),
        (day, "contract", "monthly"),
    ):
        top = float(churn.totals(*scope)["top_tenth_from"])
        made = churn.totals(*scope), churn.distribution(*scope), churn.themes(*scope, top)
        assert len(churn.summary(*scope, "bin"))
        with monkeypatch.context() as patch:
            patch.setattr(churn, "summary", lambda *_: pd.DataFrame())
            lines = churn.totals(*scope), churn.distribution(*scope), churn.themes(*scope, top)
        for name in ("subscriptions", "customers", "expected_exits", "charge_at_risk"):
            assert made[0][name] == pytest.approx(lines[0][name])
        pd.testing.assert_frame_equal(made[1], lines[1], check_dtype=False)
        names = ["theme", "subscriptions", "customers", "top_tenth", "is_small"]
        pd.testing.assert_frame_equal(made[2][names], lines[2][names], check_dtype=False)


def test_churn_is_told_of_a_product_or_a_contract_and_says_of_whom(full, opened):
    for part, words in (
        ("family:broadband", "Product family: Broadband"),
        ("contract:monthly", "Monthly"),
    ):
        run = opened(full, "churn", part=part, view="risk")
        text = healthy(run)
        assert dict(run.query_params)["part"] == part
        assert words in text and "alone, compared with the same part" in text
        assert "So are the spread of the risk, its reasons and the list." in text
    assert "the whole base" in healthy(opened(full, "churn", part="contract:monthly"))


def test_scores_of_a_part_of_few_are_hidden_with_the_next_smallest(monkeypatch):
    from types import SimpleNamespace

    import pandas as pd

    from app.queries import churn

    sizes = {"monthly": 400, "one_year": 30, "two_year": 9}
    monkeypatch.setattr(churn, "shown", lambda: SimpleNamespace(has=lambda _: True))
    monkeypatch.setattr(
        churn, "summary", lambda _, __, code, ___: pd.DataFrame({"customers": [sizes[code]]})
    )
    monkeypatch.setattr(
        churn,
        "ask",
        lambda *_, **__: pd.DataFrame({"code": [*sizes], "customers": [*sizes.values()]}),
    )
    small = [churn.totals("2026-11-01", "contract", code)["is_small"] for code in sizes]
    assert small == [False, True, True]


def test_the_risk_list_of_a_slice_holds_everybody_of_it_who_was_scored(full, monkeypatch):
    import streamlit as st

    from app import access, serving
    from app.queries import churn, target
    from ml import lists

    monkeypatch.setenv("CX_HOME", str(full.home))
    monkeypatch.setattr(st, "session_state", {"visitor": access.Visitor("demo", regions=None)})
    monkeypatch.setattr(access, "may", lambda _: True)
    serving.choose()
    listed = churn.risk_list("2026-11-01", "region", "south")["subscription_id"].tolist()
    assert churn.LISTED <= lists.RISKS and target.LISTED <= lists.TARGETS
    assert listed == [f"S{n:03}" for n in range(4, 41, 2)]


def test_back_to_an_address_without_a_value_shows_its_default(full, opened, monkeypatch):
    monkeypatch.setattr(urls, "SETTLING_SECONDS", -1.0)
    run = opened(full, "churn", view="stay", part="region:north")
    assert "How long they stay" in healthy(run)
    del run.query_params["view"]
    assert "What moved it" in healthy(run.run())
    assert "view" not in run.query_params and "part" in run.query_params
    # From the menu of another page the address is bare too: there what was chosen stands.
    run.switch_page("views/runs.py").run()
    run.query_params.clear()
    run.switch_page("views/churn.py").run()
    assert dict(run.query_params)["part"] == "region:north"


def test_back_closes_the_problem_that_was_opened(full, opened, monkeypatch):
    monkeypatch.setattr(urls, "SETTLING_SECONDS", -1.0)
    run = opened(full, "service_impact", period="all", problem="P-CUT")
    assert "P-CUT" in "".join(each.value for each in run.subheader)
    del run.query_params["problem"]
    run.run()
    healthy(run)
    assert "P-CUT" not in "".join(each.value for each in run.subheader)
    assert "problem" not in run.query_params


def test_what_scrolls_can_be_reached_by_key(own, opened):
    with writing(own) as connection:
        connection.execute(
            "insert into ops.feed by name select 'crm' as source_system, 'c' as feed, "
            "timestamp '2026-10-31' as last_extracted_at, null::timestamp as due_at, "
            "false as has_due_time"
        )
    published(own)
    run = opened(own, "catalogue", metric="M28")
    assert "quarantine" in " ".join(each.proto.label for each in run.get("page_link"))
    assert all(code.proto.wrap_lines for code in run.code)
    assert len(run.code)


def test_money_names_its_currency_and_rates_their_unit(own, opened):
    with writing(own) as connection:
        connection.execute(
            "update marts.dim_metric set unit = 'EUR per month' where metric_id = 'M33'"
        )
    published(own)
    columns = {
        column["label"]
        for page, view in (("churn", "risk"), ("churn", "target"), ("work_list", ""))
        for frame in opened(own, page, **({"view": view} if view else {})).dataframe
        for column in json.loads(frame.proto.columns).values()
        if column.get("label")
    }
    assert {"Monthly charge, EUR", "Profit of the contact, EUR"} <= columns
    assert {"Customer value, EUR", "Net value, EUR"} <= columns
    rate = next(each for each in opened(own).metric if each.label == "Contact rate")
    assert rate.value.endswith(" per 1,000")
    shown = opened(own, "churn", view="target").dataframe
    proof = next(frame.value for frame in shown if "estimator" in frame.value)
    everyone = proof[proof["measure"] == "Effect on everybody"]
    assert everyone["value"].str.endswith(" pp").all()
