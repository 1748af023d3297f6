"""How many metric values a release leaves out: `python -m benchmarks.suppression HOME`."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from cx.metric_values import with_added_metric_values
from cx.settings import Settings
from cx.suppression import suppress
from cx.warehouse import connected


def main() -> None:
    """Print the share of suppressed values by period and slice, and the CPU seconds it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path, help="a home that was built")
    settings = Settings.from_env(parser.parse_args().home)
    with connected(settings) as connection:
        values = with_added_metric_values(connection, "select * from marts.metric_value")
        began = time.process_time()
        published = suppress(connection, values, settings.fewest_customers)
        spent = time.process_time() - began
        lines = connection.execute(
            "select period_grain, dimension = 'all', count(*), avg(is_suppressed::int) "
            f"from ({published}) group by all order by all"
        ).fetchall()
        (subscriptions,) = connection.execute(
            "select count(distinct subscription_id) from marts.dim_subscription"
        ).fetchall()[0]
    print(f"{subscriptions:,} subscriptions, k = {settings.fewest_customers}, {spent:.1f} CPU s")
    for grain, is_whole, count, share in lines:
        print(
            f"{grain:6} {'whole' if is_whole else 'slices':6} {count:9,} values, {share:.0%} empty"
        )


if __name__ == "__main__":
    main()
