# Each target is one command. Everything generated goes to var/ (or CX_HOME), the environment to .venv/.
PYTHON ?= python3
SUBSCRIPTIONS ?= 20000
MONTHS ?= 14
SEED ?= 20261123
CX = .venv/bin/cx

.PHONY: run test long app audit lint kill-storm fault-storm bench-ingest ingest-kills bench-effects bench-app bench-viewers bench-gates bench-drift bench-churn bench-churn-speed bench-churn-trust bench-profit bench-uplift cluster-check deploy-check bench-preference bench-preference-sets bench-many-items bench-choice bench-offer-gain bench object-store-check clean

run: .venv/installed
	$(CX) demo --subscriptions $(SUBSCRIPTIONS) --months $(MONTHS) --seed $(SEED)

test: .venv/installed
	.venv/bin/pytest -n 3 --dist loadfile --no-loadscope-reorder --durations 40

# The tests too long for every change: stated counts, real sets from the file to a release.
long: .venv/installed
	.venv/bin/pytest -m long

app: .venv/installed
	$(CX) app

# Every pinned package against the known vulnerabilities; fails where they cannot be asked.
audit: .venv/installed
	.venv/bin/python .ci/audit_dependencies.py

lint: .venv/installed
	.venv/bin/ruff check . && .venv/bin/ruff format --check .

# A long check, never part of the tests: kill -9 at twenty random moments, then the same release.
kill-storm: .venv/installed
	.venv/bin/python -m benchmarks.kill_storm --kills 20 --subscriptions 900 --months 7

# Every promise at its stated count, 200 kills, and a fault in every step: hours, as root or with user namespaces.
fault-storm: .venv/installed
	.venv/bin/pytest -m long tests/promises
	.venv/bin/python -m benchmarks.kill_storm --kills 200 --subscriptions 900 --months 7
	.venv/bin/python -m benchmarks.fault_storm --subscriptions 900 --months 7

# Ingest beside the bare engine and dlt, which is installed for it alone: about ten minutes.
bench-ingest: .venv/installed
	.venv/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[bench]"
	.venv/bin/python -m benchmarks.ingest_speed

# A hundred times kill -9 at random moments of `cx ingest`, then the same command: about ten minutes.
ingest-kills: .venv/installed
	.venv/bin/python -m benchmarks.ingest_kills --kills 100

# Twenty operators, each effect beside what was planted: about half an hour.
bench-effects: .venv/installed
	.venv/bin/python -m benchmarks.effects --seeds 20 --subscriptions 6000 --months 10 --out var/effects

# Every page in Chromium: time, network, console, axe-core (AXE=path of axe.min.js), pictures.
bench-app: .venv/installed
	.venv/bin/python -m benchmarks.app_speed --home var --out var/app-shots $(if $(AXE),--axe $(AXE))

# 25 and 50 viewers alone, then beside `cx run`: about a quarter of an hour on two quiet cores.
bench-viewers: .venv/installed
	.venv/bin/python -m benchmarks.viewers --viewers 25 50

# Forty data faults at the two doors, and five clean operators: about half an hour.
bench-gates: .venv/installed
	.venv/bin/python -m benchmarks.gates --folder var/gates

# False alarms and detection of drift on made-up feeds: about five minutes.
bench-drift: .venv/installed
	.venv/bin/python -m benchmarks.drift --trials 100

# Planted tastes, channels and hours of a home made by `cx demo`, beside each baseline: about a minute.
bench-preference: .venv/installed
	.venv/bin/python -m benchmarks.preference_recovery --home $(or $(HOME_TO_READ),var)

# One action a line by prices and exactly, up to half a million lines: about a minute.
bench-choice: .venv/installed
	.venv/bin/python -m benchmarks.choice_speed

# Whom an offer wins, foretold from trials whose truth is planted: half a minute; HOME_TO_READ too.
bench-offer-gain: .venv/installed
	.venv/bin/python -m benchmarks.offer_gain $(if $(HOME_TO_READ),--home $(HOME_TO_READ))

# A hidden add-on of a public telecom base, beside popularity: about half a minute; reads CX_SHARED_DATA.
bench-preference-sets: .venv/installed
	.venv/bin/python -m benchmarks.preference_sets

# The item recommender on logs of many items split by time, beside recent popularity: two minutes.
bench-many-items: .venv/installed
	OMP_NUM_THREADS=1 .venv/bin/python -m benchmarks.many_items

# The churn classifier beside LightGBM, XGBoost, CatBoost and EBM, the same folds: hours on one core.
bench-churn: .venv/installed
	.venv/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[peers]"
	OMP_NUM_THREADS=1 OMP_WAIT_POLICY=PASSIVE .venv/bin/python -m benchmarks.churn

# Exact reasons in memory and as SQL, rows a second on one core: about a minute.
bench-churn-speed: .venv/installed
	OMP_NUM_THREADS=1 OMP_WAIT_POLICY=PASSIVE .venv/bin/python -m benchmarks.churn_speed

# The walk-forward back-test of a simulated operator: about ten minutes.
bench-churn-trust: .venv/installed
	OMP_NUM_THREADS=1 OMP_WAIT_POLICY=PASSIVE .venv/bin/python -m benchmarks.churn_trust

# The expected maximum profit beside that of the package empulse: seconds.
bench-profit: .venv/installed
	.venv/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[bench]"
	.venv/bin/python -m benchmarks.profit

# Rankings on planted trials, on made-up mailings, on the simulator's persuadables: five minutes.
bench-uplift: .venv/installed
	.venv/bin/python -m benchmarks.uplift
	.venv/bin/python -m benchmarks.uplift --mail --seeds 1 2 3 4
	.venv/bin/python -m benchmarks.uplift --simulate 48000

# The Kubernetes files against the published schemas, unknown fields refused: half a minute.
deploy-check: .venv/installed
	.venv/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[deploy]"
	.venv/bin/kubernetes-validate --strict deploy/kubernetes/*.yml

# The whole night at several sizes, peers, peaks and growth; docs/speed.md shows it: an hour on two quiet cores.
bench: .venv/installed
	.venv/bin/python -m benchmarks.nights --docs docs/speed.md

# A release through a local S3-compatible server: about a minute.
object-store-check: .venv/installed
	.venv/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[objects]"
	.venv/bin/pytest -q tests/test_copies.py

# Every model on a real Spark cluster that loses a worker, beside DuckDB's, row by row: needs Java; a quarter of an hour.
cluster-check: .venv/installed
	.venv/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[spark]"
	.venv/bin/pytest -n0 tests/test_scale_out.py tests/test_spark_scores.py
	.venv/bin/python -m benchmarks.cluster --subscriptions 300 --months 4

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-compile -c constraints.txt -e ".[dev]"
	@# by all processors, where pip compiles by one; a library's template need not be Python
	.venv/bin/python -m compileall -q -j 0 .venv/lib >/dev/null || true
	touch $@

clean:
	rm -rf .venv var
