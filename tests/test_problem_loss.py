"""What problems may cost: told of none of few customers, and of no few by difference."""

from __future__ import annotations

import numpy as np
import pandas as pd

from app import components
from app.queries.privacy import FEWEST
from app.queries.problem_loss import HIDDEN, UNKNOWN, revenue
from tests.release_fixture import FORMULA, published
from tests.test_app import healthy


def losses_of(run) -> dict[str, tuple[str, str]]:
    """Return revenue and excess of each problem listed."""
    rows = next(frame.value for frame in run.dataframe if "excess" in frame.value)
    return {
        row["problem_id"].lstrip("'"): (row["monthly_revenue"], row["excess"])
        for row in rows.to_dict("records")
    }


def test_a_problem_tells_what_its_lines_pay_and_who_left_beyond_like_ones(
    full, opened, monkeypatch
):
    files = {}
    monkeypatch.setattr(
        components,
        "download",
        lambda rows, name, key, **_: files.update({key: rows() if callable(rows) else rows}),
    )
    run = opened(full, "service_impact", period="all")
    text = healthy(run)
    told = losses_of(run)
    assert told["P-CUT"] == (2500.0, "clear: +8.0 (+1.0 … +20.0 pp)")
    assert told["P-OPEN"] == (UNKNOWN, "too early to tell")
    # Nine pay nearly all of it; of four that left nothing is told that follows from them.
    assert told["P-WORK"] == (HIDDEN, "not compared")
    assert told[FORMULA] == (2000.0, "too few to tell")
    assert pd.isna(told["P-SMALL"][0]) and told["P-SMALL"][1] == "< 10"
    taken = files["service.csv"].set_index("problem_id")[["monthly_revenue", "excess"]]
    assert taken.loc["P-SMALL"].tolist() == ["< 10", "< 10"]
    assert taken.loc["P-WORK", "monthly_revenue"] == "hidden"
    assert "777" not in text + taken.to_csv() and "+90" not in text + taken.to_csv()
    one = healthy(opened(full, "service_impact", period="all", problem="P-SMALL"))
    assert "777" not in one
    cut = opened(full, "service_impact", period="all", problem="P-CUT")
    healthy(cut)
    (more,) = (metric for metric in cut.metric if metric.label == "More exits")
    assert (more.value, more.delta) == ("+8.0 pp", "clear")
    assert more.proto.delta_description == "+1.0 … +20.0 pp"
    russian = opened(full, "service_impact", period="all", lang="ru")
    assert losses_of(russian)[FORMULA][1] == "мало данных"


def test_what_few_customers_pay_follows_from_no_two_problems():
    """Of two problems of which one hit a few more, the figures differ by less than any few pay."""
    draw = np.random.default_rng(5)
    shown = 0
    for _ in range(400):
        charges = np.round(draw.lognormal(3.3, 0.8, draw.integers(FEWEST, 200)), 2)
        fewer = charges[: max(FEWEST, len(charges) - draw.integers(1, FEWEST))]
        told = []
        for each in (charges, fewer):
            nine = np.sort(each)[::-1][: FEWEST - 1].sum()
            value = revenue(each.sum(), nine)
            told.append(value)
            assert value == HIDDEN or abs(value - each.sum()) <= value / 2
        if HIDDEN in told:
            continue
        shown += 1
        # So wide is what the difference leaves open.
        nine = np.sort(charges)[::-1][: FEWEST - 1].sum()
        steps = [size * 10.0**power for power in range(1, 6) for size in (1, 2, 5)]
        step = next(each for each in steps if each >= nine)
        assert abs(told[0] / step - round(told[0] / step)) < 1e-9
        assert step >= charges.sum() - fewer.sum()
    assert shown > 100


def test_a_release_built_before_lists_problems_without(own, opened):
    from cx.warehouse import writing

    with writing(own) as connection:
        connection.execute("drop table marts.agg_problem_revenue")
    published(own)
    run = opened(own, "service_impact", period="all", problem="P-CUT")
    healthy(run)
    assert not any("excess" in frame.value for frame in run.dataframe)
    assert any("exits_30d" in frame.value for frame in run.dataframe)
