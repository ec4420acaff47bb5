# make run, make test, make bench and make docs need Python >= 3.11, and network the first time.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check

.PHONY: run serve test test-all bench docs clean

run: $(VENV)/installed
	$(BIN)/python -m pages.server

# For a class: docs/serving.md says what the machine needs, and how to put a password before it.
serve: $(VENV)/installed
	@echo "Everybody who can reach this machine can use the app, and upload files to it. docs/serving.md: password, proxy."
	$(BIN)/python -m pages.server --server.address 0.0.0.0 --server.headless true

# Everything is run, whatever fails before; pytest's summary comes last. A thread per process, and a process more than
# there are cores, since some wait for their browser (tests/distribution.py).
# `test` leaves out what is marked slow; `test-all` runs that too.
test-all: MARKED := slow or not slow
test: MARKED := not slow
test test-all: $(VENV)/installed-dev
	@failed=0; \
	for check in "ruff check ." "ruff format --check ." mypy; do \
		echo "$$check"; $(BIN)/$$check || failed=1; \
	done; \
	$(BIN)/python -m tests.browser.chromium; \
	$(BIN)/python -m tests.javascript.node; \
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -rR -n auto --dist loadfile -m "$(MARKED)" || failed=1; \
	exit $$failed

bench: $(VENV)/installed
	$(BIN)/python -m benchmarks

# Runs the notebooks, too.
docs: $(VENV)/installed-docs
	$(BIN)/python -m sphinx -W --keep-going -q docs docs/_build
	@echo "docs/_build/index.html"

clean:
	rm -rf $(VENV) node_modules docs/_build .mypy_cache .ruff_cache .pytest_cache .hypothesis

# The stamps are younger than the requirements they were installed from.
$(VENV)/installed: requirements.txt | $(VENV)/bin/python
	@echo "Installing what the app needs into $(VENV): some minutes, once ..."
	@$(PIP) -r requirements.txt
	@touch $@

$(VENV)/installed-dev: requirements-dev.txt requirements-docs.txt $(VENV)/installed
	@echo "Installing what the tests need into $(VENV) ..."
	@$(PIP) -r requirements-dev.txt
	@touch $@

$(VENV)/installed-docs: requirements-docs.txt $(VENV)/installed
	@echo "Installing what the documentation needs into $(VENV) ..."
	@$(PIP) -r requirements-docs.txt
	@touch $@

$(VENV)/bin/python:
	@command -v $(PYTHON) >/dev/null || { \
		echo "No $(PYTHON) found: install Python 3.11 or newer, or name yours: make run PYTHON=/path/to/python"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "ReLUscope needs Python 3.11 or newer, but $(PYTHON) is $$($(PYTHON) -V 2>&1). Name another: make run PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { \
		rm -rf $(VENV); echo "$(PYTHON) cannot make a virtual environment: install its venv module (Debian: apt install python3-venv)"; exit 1; }
