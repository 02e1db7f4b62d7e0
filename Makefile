# Seedbed: `make demo` grows the triangle and writes its report; `make test` runs every check.
# Both make the virtual environment and install the pinned packages first, once.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DEV_STAMP := $(VENV)/.installed-dev
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable

.PHONY: demo test test-fast check pictures benchmarks clean

demo: $(STAMP)
	$(BIN)/seedbed run triangle

# The whole check, a file's tests in one of two processes. The slowest are named, so that it stays known where the
# minutes go.
test: check
	$(BIN)/pytest --durations=10 --numprocesses 2 --dist loadfile

test-fast: check
	$(BIN)/pytest -m "not slow"

check: $(DEV_STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/basedpyright
	$(BIN)/lint-imports

# Pictures and pages of docs/results from kept records and the runs that are there, and the example of docs/statistics.md.
pictures: $(STAMP)
	$(BIN)/python docs/examples/make.py
	$(BIN)/python docs/results/make.py $(wildcard docs/results/*/record runs/triangle runs/hints runs/crossed runs/propositions runs/table1 runs/world runs/paper-3.1 runs/paper-3.2)

benchmarks: $(STAMP)
	$(BIN)/python -m benchmarks.startup
	$(BIN)/python -m benchmarks.population_size
	$(BIN)/python -m benchmarks.audit

# Rebuilt only when what is to be installed changes; a half-made environment is made anew.
$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Seedbed needs Python 3.11 or newer, $(PYTHON) is $$($(PYTHON) --version 2>&1); try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) .
	@touch $@

$(DEV_STAMP): $(STAMP)
	$(INSTALL) '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) .ruff_cache .pytest_cache .hypothesis
