# Every target sets up what it needs by itself, in .venv, from pyproject.toml and constraints.txt.
#
#   make serve      serve every provider; ARGS="zeeg --port 4011" is handed on to `mockserver serve`
#   make test       the tests; ARGS="-k zeeg" is handed on to pytest
#   make check      format, lint, types, layers and tests: what has to hold before a change is done
#   make fuzz       the property tests, with many more examples than `make test`
#   make contracts  every provider's mock asked whether it keeps its contract; nothing may be left out
#   make nightly    the same with many more examples; what failed once is tried first the next time
#   make vendors    import and serve some thirty documents of vendors, which npm fetches into build/vendors
#   make bench      requests a second, beside a server that does nothing; what each step of one costs
#   make bench-everything   all that is measured, beside the other mock servers too; about twenty-five minutes
#   make compiled   build/compiled, where what a request runs through is machine code; needs a C compiler
#   make test-compiled  the tests of the parts, on that build
#   make wheel      dist/*.whl
#   make format     put the source into its form
#   make clean      remove what was made here, .venv too

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
SERVE := $(VENV)/.serve
DEVELOP := $(VENV)/.develop
COMPILED := build/compiled
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt
# On every core; ARGS="-n 0 --pdb" is for looking at one test.
PYTEST := $(BIN)/python -m pytest -n auto --dist worksteal
ARGS ?=

.PHONY: help serve test check fuzz vendors contracts nightly bench bench-everything compiled test-compiled wheel format clean

help:
	@sed -n 's/^#   //p' Makefile

serve: $(SERVE)
	@$(BIN)/mockserver serve $(ARGS)

test: $(DEVELOP)
	@$(PYTEST) $(ARGS)

check: $(DEVELOP)
	@echo "format" && $(BIN)/ruff format --check --quiet .
	@echo "lint" && $(BIN)/ruff check --quiet .
	@echo "types" && $(BIN)/mypy --no-error-summary
	@echo "layers" && $(BIN)/lint-imports --no-logo
	@echo "tests" && $(PYTEST) $(ARGS)

fuzz: $(DEVELOP)
	@HYPOTHESIS_PROFILE=nightly $(BIN)/python -m pytest -m fuzz $(ARGS)

# The shared database of examples; a cache of CI may keep it.
EXAMPLES ?= .understudy/examples
EACH = failed=0; for slug in $$($(BIN)/python -c "from mockserver.house import known_slugs; print(*known_slugs())"); do

contracts: $(DEVELOP)
	@$(EACH) $(BIN)/contracts check $$slug --quiet --fail-on findings,errors,vacuous $(ARGS) || failed=1; done; exit $$failed

nightly: $(DEVELOP)
	@$(EACH) $(BIN)/contracts check $$slug --quiet --fail-on findings,errors,vacuous --seed $$(date +%Y%m%d) \
	  --examples 100 --database $(EXAMPLES) $(ARGS) || failed=1; done; exit $$failed

vendors: $(DEVELOP)
	@$(BIN)/python -m tests.openapi.packages build/vendors
	@UNDERSTUDY_DOCUMENTS=build/vendors UNDERSTUDY_NODE=build/vendors \
	  $(PYTEST) tests/openapi/test_import_vendors.py tests/openapi/test_upgrade_compared.py $(ARGS)

bench: $(DEVELOP)
	@if command -v cc gcc clang >/dev/null && $(MAKE) compiled; then \
	  $(BIN)/python -m benchmarks --compiled $(COMPILED) $(ARGS); \
	  cd $(COMPILED) && PYTHONPATH="$(CURDIR)" "$(CURDIR)/$(BIN)/python" -m benchmarks.stages; \
	else \
	  echo "nothing is compiled here, so the interpreted mock is measured" >&2; \
	  $(BIN)/python -m benchmarks $(ARGS); \
	  $(BIN)/python -m benchmarks.stages; \
	fi

bench-everything: $(COMPILED)/.made
	@$(BIN)/python -m benchmarks.everything --compiled $(COMPILED) $(ARGS)

# In a folder of its own, so that nothing compiled ever stands before the sources.
compiled: $(COMPILED)/.made

$(COMPILED)/.made: $(shell find mockserver contracts specs -type f ! -name '*.pyc') hatch_build.py pyproject.toml | $(DEVELOP)
	@echo "compiling, about a minute"
	@$(PIP) --editable '.[compiled]'
	@rm -rf build/wheel
	@UNDERSTUDY_COMPILE=1 $(BIN)/python -m pip --disable-pip-version-check wheel --quiet --no-deps --no-build-isolation --wheel-dir build/wheel .
	@rm -rf $(COMPILED)
	@$(PIP) --no-deps --target $(COMPILED) build/wheel/*.whl
	@touch $@

test-compiled: $(COMPILED)/.made
	@rm -rf $(COMPILED)/tests && rm -rf $(COMPILED)/specs && cp -r tests specs docs examples README.md pyproject.toml $(COMPILED)
	@cd $(COMPILED) && "$(CURDIR)/$(BIN)/python" -c "from mockserver.engine import pipeline; assert not pipeline.__file__.endswith('.py'), pipeline"
	@cd $(COMPILED) && "$(CURDIR)/$(BIN)/python" -m pytest -p no:cacheprovider tests/engine tests/world tests/openapi tests/web tests/faults tests/providers $(ARGS)

wheel: $(DEVELOP)
	@rm -rf dist/*.whl
	@$(BIN)/python -m pip --disable-pip-version-check wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .
	@ls dist/*.whl

format: $(DEVELOP)
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix --quiet .

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
	find mockserver contracts tests benchmarks -name __pycache__ -prune -exec rm -rf {} +

# The first Python that is new enough and can make an environment; PYTHON=… names another one.
$(BIN)/python:
	@for python in $(PYTHON) python3.13 python3.12 python3.11 python3 python; do \
	  if "$$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    echo "setting up $(VENV) with $$("$$python" --version)"; \
	    exec "$$python" -m venv --clear $(VENV); \
	  fi; \
	done; \
	echo "no Python of version 3.11 or later was found; name one: make PYTHON=/path/to/python" >&2; exit 1

$(SERVE): pyproject.toml constraints.txt | $(BIN)/python
	@echo "installing what serving needs"
	@$(PIP) --editable .
	@touch $@

$(DEVELOP): pyproject.toml constraints.txt | $(BIN)/python
	@echo "installing what serving and testing need"
	@$(PIP) --editable '.[dev]'
	@touch $@ $(SERVE)
