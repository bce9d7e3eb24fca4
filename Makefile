# The commands of the house; each calls `cpw`, pytest or the bench. `make up` and `make test` need nothing but Python, make and a network.
CPW_HOME ?= .cpw
PYTHON ?= python3
HOME_DIR := $(abspath $(CPW_HOME))
WAREHOUSE := $(HOME_DIR)/env/warehouse
SUPERSET := $(HOME_DIR)/env/superset
BENCH := $(HOME_DIR)/env/bench
export CPW_HOME := $(HOME_DIR)

.PHONY: up down test check env docs browser bench

env: $(WAREHOUSE)/.ready $(SUPERSET)/.ready

# A fresh environment for each lock: what a former lock installed never lingers.
$(WAREHOUSE)/.ready: requirements/warehouse.lock pyproject.toml
	@echo "Setting up the warehouse environment (about a minute) ..."
	@rm -rf $(WAREHOUSE) && mkdir -p $(HOME_DIR) && chmod 711 $(HOME_DIR) && $(PYTHON) -m venv $(WAREHOUSE)
	@$(WAREHOUSE)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/warehouse.lock
	@$(WAREHOUSE)/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(SUPERSET)/.ready: requirements/superset.lock
	@echo "Setting up the Superset environment (about a minute) ..."
	@rm -rf $(SUPERSET) && mkdir -p $(HOME_DIR) && $(PYTHON) -m venv $(SUPERSET)
	@$(SUPERSET)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/superset.lock
	@touch $@

# Other loaders to measure beside ours; nothing else uses them.
$(BENCH)/.ready: requirements/bench.lock
	@echo "Setting up the environment of the bench (about a minute) ..."
	@rm -rf $(BENCH) && mkdir -p $(HOME_DIR) && $(PYTHON) -m venv $(BENCH)
	@$(BENCH)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bench.lock
	@touch $@

up:
	@$(MAKE) --no-print-directory -j2 env
	@$(WAREHOUSE)/bin/cpw up $(if $(EXTRACTS),--extracts "$(EXTRACTS)")

down:
	@if [ -x $(WAREHOUSE)/bin/cpw ]; then $(WAREHOUSE)/bin/cpw down; else echo "Nothing was set up in $(HOME_DIR)."; fi

# Everything: linters, unit, contract, integration, architecture and browser tests. Files in their own order: the short
# unit tests come last, so that no worker is left with a long file while the other has nothing to do.
test: check
	@$(WAREHOUSE)/bin/pytest --numprocesses=2 --dist=loadfile --no-loadscope-reorder --durations=15

# The linters alone.
check:
	@$(MAKE) --no-print-directory -j2 env
	@$(MAKE) --no-print-directory browser
	@$(WAREHOUSE)/bin/ruff check . && $(WAREHOUSE)/bin/ruff format --check --quiet .
	@$(WAREHOUSE)/bin/sqlfluff lint --processes 2 dbt_project/models dbt_project/tests

# Browser tests drive the Chromium that is there; where none is, one is installed.
browser:
	@sh tests/browser/install_browser.sh $(WAREHOUSE)/bin

docs: env
	@$(WAREHOUSE)/bin/cpw dbt docs generate

# How long loading takes beside a bare COPY and beside other loaders: docs/performance.md. YEARS=1 CLINICIANS=32 is quick.
bench: $(WAREHOUSE)/.ready $(BENCH)/.ready
	@$(WAREHOUSE)/bin/python -m bench $(if $(YEARS),--years $(YEARS)) $(if $(CLINICIANS),--clinicians $(CLINICIANS)) \
		$(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(PEERS),--peers $(PEERS))
