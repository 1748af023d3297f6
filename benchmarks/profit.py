"""Is our expected maximum profit the same as that of the package empulse?

    make bench-profit

On random rankings with and without ties, small and large, by several terms. Prints the largest
difference of the profit a line and of the optimal share; exit code 1 above 0.001.
"""

from __future__ import annotations

import sys
import time

import numpy as np
from empulse.metrics import empc_score

from ml.profit import Offer, expected_maximum_profit

TERMS = ((200.0, 10.0, 1.0), (60.0, 5.0, 2.0), (1000.0, 50.0, 5.0))
MOST = 1e-3


def main() -> None:
    """Run it."""
    worst_profit = worst_share = ours_seconds = 0.0
    rankings = 0
    for rows in (300, 3_000, 30_000):
        for seed in range(5):
            random = np.random.default_rng(seed)
            risk = random.beta(1, 20, rows)
            left = random.random(rows) < risk
            noisy = np.clip(risk + random.normal(0, 0.03, rows), 0, 1)
            for score in (noisy, np.round(noisy, 2)):
                for clv, offer_cost, contact_cost in TERMS:
                    started = time.process_time()
                    own = expected_maximum_profit(left, score, clv, Offer(contact_cost, offer_cost))
                    ours_seconds += time.process_time() - started
                    terms = {"clv": clv, "incentive_cost": offer_cost, "contact_cost": contact_cost}
                    profit = empc_score(left.astype(int), score, **terms)
                    share = empc_score.optimal_rate(left.astype(int), score, **terms)
                    worst_profit = max(worst_profit, abs(profit - own.profit))
                    worst_share = max(worst_share, abs(share - own.share))
                    rankings += 1
    print(f"{rankings} rankings: largest difference {worst_profit:.2e} a line, ", end="")
    print(f"{worst_share:.2e} of the share; ours {1000 * ours_seconds / rankings:.1f} CPU-ms each")
    if max(worst_profit, worst_share) > MOST:
        sys.exit(1)


if __name__ == "__main__":
    main()
