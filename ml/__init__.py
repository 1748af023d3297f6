"""Features → scores: churn, next product, their evaluation and their registry."""

import os

# Must be set before the first OpenMP library loads: two spinning threads under contention ran six
# times slower than one (LEARNING.md, point 11). An operator's own values are respected.
os.environ.setdefault("OMP_NUM_THREADS", "2")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
