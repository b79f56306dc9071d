# Everything is set up inside this checkout: .venv (with uv in it), .cache, .prefect, data.
VENV := .venv
BIN := $(VENV)/bin
DUCKDB2 := .cache/duckdb2
DUCKDB2_VERSION ?= duckdb==2.0.1
PEERS := .cache/peers
CORPUS ?= ../shared/corpus/bench.tar.xz
FLOOR ?= ../shared/bench/floor.py
ROUNDS ?= 3
PYTHON ?= $(or $(shell command -v python3.11),python3)
export UV_PROJECT_ENVIRONMENT := $(VENV)
export UV_CACHE_DIR := $(CURDIR)/.cache/uv
export PIP_CACHE_DIR := $(CURDIR)/.cache/pip
export PREFECT_HOME ?= $(CURDIR)/.prefect
export PREFECT_SERVER_ANALYTICS_ENABLED ?= false
export DO_NOT_TRACK ?= 1

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-slow test-duckdb2 torture bench audit lint format docs screenshots clean

help: ## list what can be made
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

setup: $(VENV)/.ready ## set everything up inside this checkout

$(VENV)/.ready: pyproject.toml uv.lock .ci/uv.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || \
		{ echo "make: no virtual environment; install Python 3.11 with its venv module (python3-venv)" >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement .ci/uv.txt
	@$(BIN)/uv sync --frozen --quiet --inexact
	@touch $@

demo: setup ## load the sample papers into data/papers.duckdb and ask three questions
	@$(BIN)/paperhouse ingest --config paperhouse.yaml
	@for question in warehouse/queries/*.sql; do \
		echo; sed -n 's/^-- //p' $$question; \
		$(BIN)/paperhouse sql --config paperhouse.yaml "$$(cat $$question)" || exit 1; \
	done

test: setup ## run the tests, in less than ten minutes
	@$(BIN)/python -m pytest -q -n auto --dist loadfile --no-loadscope-reorder -m "not alone and not slow"
	@$(BIN)/python -m pytest -q -m "alone and not slow"

test-slow: setup ## run those that operate server, worker and browser for minutes, one after another
	@$(BIN)/python -m pytest -q -m slow

torture: setup ## faults, crashes, load and hostile input; prints the figures of docs/reliability.md
	@PAPERHOUSE_LONG=1 $(BIN)/python -m pytest -s tests/integration/torture

test-duckdb2: setup ## the tests but the slow ones on DuckDB 2, in an environment of their own below .cache
	@UV_PROJECT_ENVIRONMENT=$(DUCKDB2) $(BIN)/uv sync --frozen --quiet --inexact --no-install-package duckdb
	@$(BIN)/uv pip install --quiet --python $(DUCKDB2)/bin/python --no-deps $(DUCKDB2_VERSION)
	@$(DUCKDB2)/bin/python -m pytest -q -n auto --dist loadfile --no-loadscope-reorder -m "not alone and not slow"

bench: setup $(PEERS)/.ready ## costs next to the floor and the peers, into docs/performance.md; AGAINST=commit compares
	@PYTHONPATH=. $(BIN)/python benchmarks/bench.py --corpus $(CORPUS) --floor $(FLOOR) --rounds $(ROUNDS) \
		--peers $(PEERS)/bin/python $(if $(AGAINST),--against $(AGAINST)) --write
	@PYTHONPATH=. $(BIN)/python benchmarks/harvesting.py --corpus $(CORPUS) --write

$(PEERS)/.ready: benchmarks/peers/requirements.txt $(VENV)/.ready
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(PEERS)
	@$(BIN)/uv pip install --quiet --python $(PEERS)/bin/python --requirement $<
	@touch $@

audit: setup ## known vulnerabilities of the locked packages, as far as the database can be asked
	@$(BIN)/python .ci/audit.py

lint: setup ## ruff, and mypy strict on schemas, tasks and warehouse
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: setup ## let ruff put the code in order
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

docs: setup ## write docs/data-dictionary.md and docs/configuration.md from the schemas
	@$(BIN)/python -m warehouse.dictionary > docs/data-dictionary.md
	@$(BIN)/python -m schemas.reference > docs/configuration.md

screenshots: setup ## photograph the Prefect UI into docs/images, with Chromium
	@PAPERHOUSE_SCREENSHOTS=1 $(BIN)/python -m pytest -q tests/integration/test_ui.py

clean: ## remove what demo and tests left; not your data
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis
