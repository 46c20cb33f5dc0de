# Staydown. `make` alone lists what there is to do; two commands are enough: `make run`, `make test`.

SHELL := /bin/bash
PYTHON ?= $(firstword $(shell command -v python3.11 python3.12 python3.13 python3) python3)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PYTEST ?= $(BIN)/python -m pytest
# Two more than processors: many tests wait for a clock, a disk or a browser.
WORKERS ?= $(shell expr $$(nproc 2>/dev/null || echo 2) + 2)
# In the order of tests/spread.py.
SPREAD := -n $(WORKERS) --no-loadscope-reorder
ON_POSTGRES := -m "not torture" --database-only --ignore-glob '*_browser.py' tests/web
# Of tests that commit nothing, run one in so many on PostgreSQL too; .ci/run says 3.
ONE_IN ?= 1
IF_INSTALLED := { status=$$?; [ $$status = 77 ] || exit $$status; }
CHECKS := types rules style contracts
JS_TESTS := $(wildcard js/tests/*.test.js js/tests/*/*.test.js)

# Bytecode is kept even where the surroundings say not to: a run starts a thousand processes.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup run check test bench torture fuzz audit sbom release kernel docs screens messages lock format clean $(CHECKS)

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' Makefile

setup: $(READY) ## make .venv from the lock file (again only when that changed)
	@echo "$(VENV) is as requirements.lock says"

run: $(READY) ## set up, then start the service with a guided sample case (PORT=8010: on another port)
	@$(BIN)/staydown serve --demo $(if $(PORT),--port $(PORT))

check: $(READY) ## lint, formatting, types, import contracts, house rules; changes nothing
	@$(MAKE) --no-print-directory --jobs=2 --output-sync $(CHECKS)

# Side by side: each of them uses one processor.
$(CHECKS): $(READY)
types:
	@echo "mypy" && $(BIN)/mypy
rules:
	@echo "house rules" && $(PYTEST) -q tests/house
style:
	@echo "ruff" && $(BIN)/ruff check && $(BIN)/ruff format --check
contracts:
	@echo "import contracts" && $(BIN)/lint-imports

test: $(READY) ## every test that a few minutes allow: on SQLite, on PostgreSQL, and the JavaScript
	@.ci/programs
	@echo "on SQLite" && $(PYTEST) $(SPREAD) -m "not torture" --ignore tests/house
	@# What a browser shows does not depend on the database, nor does what asks none.
	@echo "on PostgreSQL" && .ci/postgres $(PYTEST) $(SPREAD) $(ON_POSTGRES) --one-in $(ONE_IN) || $(IF_INSTALLED)
	@echo "JavaScript" && if command -v node >/dev/null; then node --test $(JS_TESTS); fi

bench: $(READY) ## measure recall and speed against the peers (long; see benchmarks/README.md)
	@benchmarks/run $(CURDIR)/$(BIN)/python

torture: $(READY) ## hostile files, faults, kills and full-size runs (long; FAULTS=n of each campaign)
	@FAULTS_LOG="$(CURDIR)/docs/results/faults.json" $(PYTEST) -m torture
	@echo "in every look" && STAYDOWN_WHOLE_BROWSER=1 STAYDOWN_ALL_LOOKS=1 $(PYTEST) $(SPREAD) -m "not torture" $(shell grep -rlw LOOKS --include='test_*.py' tests/web)

fuzz: $(READY) ## feed broken input to the parsers of our own formats for FUZZ_SECONDS each
	@tests/fuzz/run $(BIN)/python

audit: ## scanners: our own rules, bandit, container files, scripts, known weaknesses, lock files
	@.ci/audit $(AUDIT)

sbom: $(READY) ## write dist/staydown.cdx.json: every package and module that is shipped, with hashes
	@$(BIN)/python .ci/sbom dist/staydown.cdx.json

release: $(READY) ## build dist/: wheel, parts list, checksums; KEY=~/.ssh/release signs them
	@.ci/release "$(BIN)/python" $(KEY)

kernel: ## build kernel.wasm from its C source (needs clang and lld)
	@$(MAKE) --no-print-directory -C kernel

docs: $(READY) ## write docs/cli.md, the tables of settings and of retention, and the licences anew
	@$(BIN)/python -m staydown.cli.reference docs/cli.md
	@$(BIN)/python -m staydown_web.config.environment docs/operations.md
	@$(BIN)/python -m staydown_web.base.retention docs/retention.md
	@$(BIN)/python -m staydown_web.config.licences LICENCES-THIRD-PARTY.md

screens: $(READY) ## take pictures of every page for docs/screens (needs chromium)
	@$(BIN)/python docs/screens/make.py
	@STAYDOWN_WHOLE_BROWSER=1 STAYDOWN_ALL_LOOKS=1 STAYDOWN_PICTURES="$(CURDIR)/docs/screens" $(PYTEST) -q $(shell grep -rl --include='*.py' 'from kept_pictures import' tests/web)

messages: $(READY) ## bring the translations up to date with the code and compile them (needs gettext)
	@.ci/messages "$(CURDIR)/$(BIN)"

lock: ## write the lock files anew; takes no version younger than a week
	@.ci/lock "$(PYTHON)"

format: $(READY) ## let ruff format the code and mend what it can
	@$(BIN)/ruff check --fix && $(BIN)/ruff format

clean: ## remove .venv and every cache; keeps data and results
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): requirements.lock pyproject.toml
	@.ci/setup "$(PYTHON)" "$(VENV)"
	@touch $@
