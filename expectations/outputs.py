"""The second door: may marts and scores be published?"""

from __future__ import annotations

from cx.metric_values import COMPARES_WITH_LAST
from cx.release import NOT_RELEASED, RELEASED_SCHEMAS, NoRelease, current
from cx.runs import StepResult
from cx.settings import Settings
from cx.warehouse import reading
from expectations.door import Question, ask

# A table that lost more than this share of its rows since the last release is not believed.
MAX_SHRINKAGE = 0.3
# What a direct identifier looks like in a text: an e-mail address, a phone number in E.164.
IDENTIFIER_PATTERN = r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}|\+[0-9]{10,15}\b"


def check(settings: Settings, run_id: str) -> StepResult:
    """Ask about scores, metrics, and every text that would be served."""
    with reading(settings) as connection:
        columns = connection.execute(
            "select schema_name || '.' || table_name, list(column_name) filter "
            "(data_type = 'VARCHAR') from duckdb_columns() where database_name = "
            f"current_database() and schema_name in {RELEASED_SCHEMAS} group by all order by all"
        ).fetchall()
    served = {
        table: texts or [] for table, texts in columns if table.split(".")[1] not in NOT_RELEASED
    }
    questions = _about_shrinkage(settings, served) + _about_identifiers(served)
    if "ml.ml_score" in served:
        questions += _about_scores()
    if "marts.unmapped_code" in served:
        questions += _about_codes()
    if "ml.ml_cxi_calibration" in served:
        questions += _about_calibration()
    if "ml.ml_effect" in served:
        questions += _about_effects()
    questions += _about_metrics("marts.metric_value")
    if "ml.ml_metric_value" in served:
        questions += _about_metrics("ml.ml_metric_value")
    if "ml.ml_value" in served:
        questions += _about_values()
    if "ml.ml_uplift" in served:
        questions += _about_uplift()
    return ask(settings, run_id, "outputs", questions)


def _about_scores() -> list[Question]:
    table = "ml.ml_score"
    return [
        Question(
            table,
            "ExpectColumnValuesToBeBetween",
            {"column": "score", "min_value": 0, "max_value": 1},
            "a score is a probability",
            answers=("churn",),
        ),
        Question(
            table,
            "ExpectColumnValuesToNotBeNull",
            {"column": "score"},
            "every scored subscription has a score",
            answers=("churn",),
        ),
        Question(
            table,
            "ExpectCompoundColumnsToBeUnique",
            {"column_list": ["subscription_id", "as_of_date", "model_id", "target"]},
            "a subscription is scored once a date, model and target",
            answers=("churn",),
        ),
        Question(
            table,
            "UnexpectedRowsExpectation",
            {
                "unexpected_rows_query": "select cohort.subscription_id "
                "from features.churn_cohort as cohort "
                "inner join features.churn_labels as labels "
                "on cohort.subscription_id = labels.subscription_id "
                "and cohort.as_of_date = labels.as_of_date "
                "inner join (select max(as_of_date) as as_of_date from {batch}) as newest "
                "on cohort.as_of_date = newest.as_of_date "
                "anti join {batch} as scored "
                "on cohort.subscription_id = scored.subscription_id "
                "and cohort.as_of_date = scored.as_of_date "
                "where newest.as_of_date is not null and not labels.has_left "
                "and not cohort.is_exit_announced"
            },
            "everybody in the newest cohort who has not left or said so is scored",
            answers=("churn",),
        ),
    ]


def _about_values() -> list[Question]:
    table = "ml.ml_value"
    return [
        Question(
            table,
            "ExpectCompoundColumnsToBeUnique",
            {"column_list": ["subscription_id", "as_of_date"]},
            "a subscription has one value a date",
        ),
        Question(
            table,
            "UnexpectedRowsExpectation",
            {
                "unexpected_rows_query": "select * from {batch} where not coalesce("
                "isfinite(clv) and coalesce(clv between clv_low and clv_high, true), false)"
            },
            "a value is a finite number within its interval",
        ),
        Question(
            table,
            "UnexpectedRowsExpectation",
            {
                "unexpected_rows_query": "select * from {batch} where not coalesce("
                "expected_lifetime_months between 0 and horizon_months, false)"
            },
            "nobody is expected to stay for less than no month or for more than the horizon",
        ),
    ]


def _about_uplift() -> list[Question]:
    return [
        Question(
            "ml.ml_uplift",
            "UnexpectedRowsExpectation",
            {
                "unexpected_rows_query": "select * from {batch} where status = 'persuadability' "
                "and (not coalesce(is_randomised, false) or (is_chosen and measure = 'qini' "
                "and not coalesce(low > 0, false)))"
            },
            "a ranking is called persuadability only where chance drew the hold-out and it "
            "beats chance",
            answers=("churn",),
        )
    ]


def _about_calibration() -> list[Question]:
    verdicts, weights = "ml.ml_cxi_calibration", "ml.ml_cxi_weight"
    return [
        Question(
            verdicts,
            "UnexpectedRowsExpectation",
            {
                "unexpected_rows_query": "select survey_type from {batch} where "
                "status = 'calibrated' and not coalesce(correlation_low > 0, false)"
            },
            "the index is called calibrated only where its correlation with surveys is above zero",
            answers=("experience",),
        ),
        Question(
            verdicts,
            "UnexpectedRowsExpectation",
            {
                "unexpected_rows_query": "select count(*) from {batch} "
                "having count(*) > 0 and count(*) filter (where is_decisive) <> 1"
            },
            "one survey type decides whether the index is calibrated",
            answers=("experience",),
        ),
        Question(
            weights,
            "UnexpectedRowsExpectation",
            {
                "unexpected_rows_query": "select survey_type from {batch} group by survey_type "
                "having abs(sum(weight) - 1) > 1e-9 or abs(sum(new_weight) - 1) > 1e-9 "
                "or min(weight) < 0 or min(new_weight) < 0"
            },
            "the weights of the domains are shares of one whole",
            answers=("experience",),
        ),
    ]


def _about_effects() -> list[Question]:
    table = "ml.ml_effect"
    return [
        Question(
            table,
            "ExpectCompoundColumnsToBeUnique",
            {"column_list": ["effect_kind", "outcome"]},
            "an event has one effect on an outcome",
        ),
        Question(
            table,
            "UnexpectedRowsExpectation",
            {
                "unexpected_rows_query": "select * from {batch} where estimate is not null "
                "and not (isfinite(estimate) and estimate between low and high)"
            },
            "an effect lies within its interval",
        ),
        Question(
            table,
            "UnexpectedRowsExpectation",
            {
                "unexpected_rows_query": "select * from {batch} where status = 'usable' "
                "and not coalesce(is_placebo_passed, false)"
            },
            "an effect is usable only when its placebo test passed",
        ),
    ]


def _about_codes() -> list[Question]:
    """Codes that are not states do not stop a run, but somebody should hear of them."""
    return [
        Question(
            "marts.unmapped_code",
            "UnexpectedRowsExpectation",
            {"unexpected_rows_query": "select * from {batch}"},
            "every code of a source has a word of ours (dbt_project/seeds/code_map.csv)",
            severity="warn",
        )
    ]


def _about_metrics(table: str) -> list[Question]:
    return [
        Question(
            table,
            "ExpectCompoundColumnsToBeUnique",
            {
                "column_list": [
                    "metric_id",
                    "period_grain",
                    "period_start",
                    "dimension",
                    "dimension_value",
                ]
            },
            "a metric has one value a period and dimension value",
        ),
        Question(
            table,
            "UnexpectedRowsExpectation",
            {
                "unexpected_rows_query": "select metric.* from {batch} as metric "
                "inner join marts.dim_metric as catalogue "
                "on metric.metric_id = catalogue.metric_id "
                "where catalogue.unit = '%' and not metric.value between 0 and 100"
            },
            "a share lies between 0 and 100 %",
        ),
        Question(
            table,
            "UnexpectedRowsExpectation",
            {
                "unexpected_rows_query": "select * from {batch} where value is not null "
                "and not isfinite(value)"
            },
            "every value is a finite number",
        ),
    ]


def _about_shrinkage(settings: Settings, served: dict[str, list[str]]) -> list[Question]:
    try:
        before = current(settings.releases).tables
    except NoRelease:
        return []
    return [
        Question(
            table,
            "ExpectTableRowCountToBeBetween",
            {"min_value": int(rows * (1 - MAX_SHRINKAGE))},
            f"{COMPARES_WITH_LAST} {MAX_SHRINKAGE:.0%} of its {rows:,} rows",
            severity="warn" if table.startswith("ml.") else "stop",
        )
        for table, rows in before.items()
        if table in served and rows > 100
    ]


def _about_identifiers(served: dict[str, list[str]]) -> list[Question]:
    """No text that would be served may look like an e-mail address or a phone number."""
    pattern = IDENTIFIER_PATTERN.replace("{", "{{").replace("}", "}}")
    return [
        Question(
            table,
            "UnexpectedRowsExpectation",
            {
                # Most texts hold neither @ nor +, which is quicker to see than the pattern.
                "unexpected_rows_query": "select 1 as found from {batch} where "
                + " or ".join(
                    f"((\"{text}\" like '%@%' or \"{text}\" like '%+%') "
                    f"and regexp_matches(\"{text}\", '{pattern}'))"
                    for text in texts
                )
                + " limit 1"
            },
            "no served text looks like an e-mail address or a phone number",
        )
        for table, texts in served.items()
        if texts
    ]
