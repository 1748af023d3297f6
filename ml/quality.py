"""Model quality (M44) beside the other metrics: evaluations of the champions as metric values."""

from __future__ import annotations

from cx.settings import Settings
from cx.warehouse import writing
from ml import registry
from ml.metric_values import LOW_N, is_catalogued
from ml.registry import CHAMPION, CHURN, NEXT_PRODUCT, SURVIVAL
from ml.train_churn import CHAMPION_NAME

# metric → target, figures of ml_evaluation it is made from, and the value from them.
_METRICS = {
    "M44": (CHURN, "auc", "value"),
    "M44a": (CHURN, "average_precision", "value"),
    "M44b": (CHURN, "brier", "value"),
    "M44d": (CHURN, "calibration_slope", "value"),
    "M44e": (CHURN, "ece", "value"),
    "M44g": (CHURN, "auc", "2 * value - 1"),
    "M44k": (CHURN, "gain_top_decile", "value"),
    "M44l": (CHURN, "lift_top_decile", "value"),
    "M44o": (CHURN, "profit_share", "100 * value"),
    "M44p": (CHURN, "expected_maximum_profit", "value"),
    "M44h": (NEXT_PRODUCT, "hit_rate_at_3", "value"),
    "M44m": (NEXT_PRODUCT, "map_at_3", "value"),
    "M44c": (SURVIVAL, "c_uno", "value"),
    "M44s": (SURVIVAL, "integrated_brier", "value"),
}
# Whose figure is told for each cause of exit as well, as <figure>_<cause> of exits_<cause> exits.
_BY_CAUSE = ("M44c",)
_INTERVALS = {"M44": "{bound}", "M44g": "2 * {bound} - 1"}


def measure_quality(settings: Settings) -> int:
    """Write M44 of ml.ml_metric_value anew from the evaluations of the models in use.

    The value of a metric is that of the champion; each estimator it was compared with is a slice.

    Parameters
    ----------
    settings : Settings

    Returns
    -------
    int
        Rows written; none where no model was made.
    """
    with writing(settings) as connection:
        registry.create_tables(connection)
        connection.execute(
            "delete from ml.ml_metric_value where list_contains(?, metric_id)", [list(_METRICS)]
        )
        if not is_catalogued(connection):
            return 0
        for metric_id, (target, figure, value) in _METRICS.items():
            bound = _INTERVALS.get(metric_id)
            low, high = (
                (bound.format(bound="bounds.low"), bound.format(bound="bounds.high"))
                if bound
                else ("null", "null")
            )
            connection.execute(
                f"""
                insert into ml.ml_metric_value by name
                with evaluations as (
                    select evaluations.*
                    from ml.ml_evaluation as evaluations
                    inner join ml.ml_model as models
                        on evaluations.model_id = models.model_id and models.status = $status
                    where evaluations.target = $target
                ),
                bounds as (
                    select
                        estimator,
                        max(value) filter (where metric = $figure || '_low') as low,
                        max(value) filter (where metric = $figure || '_high') as high
                    from evaluations
                    group by estimator
                ),
                exits as (
                    select
                        estimator,
                        $figure || substr(metric, len('exits') + 1) as metric,
                        value as leavers
                    from evaluations
                    where starts_with(metric, 'exits_')
                )
                select
                    catalogue.metric_id,
                    catalogue.metric_version,
                    'total' as period_grain,
                    evaluations.test_as_of_date as period_start,
                    cast(clock.as_of as date) as period_end,
                    slices.dimension,
                    case slices.dimension
                        when 'all' then 'all'
                        when 'exit_cause' then substr(evaluations.metric, len($figure) + 2)
                        else evaluations.estimator
                    end as dimension_value,
                    round({value}, 6) as value,
                    evaluations.test_rows as n,
                    round({low}, 6) as ci_low,
                    round({high}, 6) as ci_high,
                    coalesce(exits.leavers, evaluations.test_positives) < $low_n as is_low_n,
                    'final' as status,
                    clock.batch_id,
                    clock.as_of
                from evaluations
                inner join bounds on evaluations.estimator = bounds.estimator
                left join exits
                    on
                        evaluations.estimator = exits.estimator
                        and evaluations.metric = exits.metric
                inner join marts.dim_metric as catalogue on catalogue.metric_id = $metric
                inner join (values ('all'), ('estimator'), ('exit_cause')) as slices (dimension)
                    on slices.dimension = 'estimator' or evaluations.estimator = $champion
                cross join intermediate.int_clock as clock
                where
                    isfinite(evaluations.value)
                    and case
                        when slices.dimension = 'exit_cause'
                            then $is_by_cause and starts_with(evaluations.metric, $figure || '_')
                        else evaluations.metric = $figure
                    end
                """,
                {
                    "status": CHAMPION,
                    "target": target,
                    "figure": figure,
                    "metric": metric_id,
                    "low_n": LOW_N,
                    "champion": CHAMPION_NAME,
                    "is_by_cause": metric_id in _BY_CAUSE,
                },
            )
        return connection.execute(
            "select count(*) from ml.ml_metric_value where list_contains(?, metric_id)",
            [list(_METRICS)],
        ).fetchone()[0]
