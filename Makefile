# Everything runs in .venv, which these commands make themselves: python3 (3.11 or newer) and make are all they need.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
PERIOD ?= latest

# An environment that forbids bytecode would make every import of every notebook about three times slower.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup reports test check lab bench lock clean

help: ## list of commands
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/make \1|\2/' | column -t -s '|'

.venv/.made: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "cxlab needs python 3.11 or newer; this is " + sys.version.split()[0] + ". Say which one: make PYTHON=python3.12 ...")'
	@test -x $(BIN)/python || { echo "making .venv"; $(PYTHON) -m venv .venv; }
	@echo "installing what requirements.lock names (once; a few minutes)"
	@$(PIP) install --no-deps --no-compile -r requirements.lock
	@$(PIP) install --no-deps --no-compile -e .
	@$(BIN)/python -m compileall -q -j 0 .venv/lib > /dev/null || true
	@touch $@

.venv/.made-dev: .venv/.made requirements-dev.lock
	@echo "installing what the tests need"
	@$(PIP) install --no-deps --no-compile -r requirements-dev.lock
	@$(BIN)/python -m compileall -q -j 0 .venv/lib > /dev/null || true
	@touch $@

setup: .venv/.made ## make .venv with everything the notebooks need

reports: .venv/.made ## the main job: load data/raw (the sample company if it is empty), run the notebooks, publish
	@$(BIN)/cxlab demo --if-empty
	@$(BIN)/cxlab load
	@$(BIN)/cxlab run $(PERIOD)

test: .venv/.made-dev ## all tests
	@$(BIN)/python -m pytest -n 2 --dist loadfile

check: .venv/.made-dev ## quick tests, lint and house rules, in under a minute
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/cxlab check
	@$(BIN)/python -m pytest -m "not slow" -n 2

lab: .venv/.made ## JupyterLab on the notebooks
	@$(BIN)/jupyter lab notebooks

bench: .venv/.made-dev ## the benchmarks, with peers side by side
	@for script in benchmarks/bench_*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

lock: .venv/.made-dev ## compile the lock files anew from pyproject.toml
	@echo "sentence-transformers ; sys_platform == 'never'" > .venv/without-torch.txt
	@for kind in "" -dev; do \
	  $(BIN)/uv pip compile -q --universal --python-version 3.11 --override .venv/without-torch.txt --no-emit-index-url \
	    --no-annotate --no-header $${kind:+--group dev -c requirements.lock} pyproject.toml \
	    | grep -v "'never'" > .venv/lock && mv .venv/lock requirements$$kind.lock; done

clean: ## remove .venv and everything generated except data/raw
	rm -rf .venv .pytest_cache .ruff_cache .hypothesis
	find data/processed reports -mindepth 1 ! -name README.md ! -name example.png ! -name topics.json -delete
