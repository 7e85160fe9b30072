# make test is the one command. It needs Python 3.11 or later with venv, and make; all else is installed into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: help setup test report release-check bench bless

help: ## this list
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/'

setup: $(STAMP) ## make .venv, install the project with its tools and read all rules once; again only when pyproject.toml changes

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'Python 3.11 or later is needed: make PYTHON=python3.12 setup'; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check --quiet -e '.[dev]'
	$(BIN)/python -m compileall -q capcode dsl interpreter rules
	@$(BIN)/capcode check > /dev/null || true # leaves its trees in the cache, so that the first command is as quick as the next
	@touch $@

test: setup ## ruff, mypy and all tests but the long ones
	$(BIN)/python -P tests/check.py

report: setup ## every published figure beside ours, into report/
	$(BIN)/capcode report --out report

release-check: setup ## many more examples per property, and the tests marked long
	$(BIN)/python -P tests/check.py --long

bench: setup ## how long parsing, checking and evaluating take
	$(BIN)/python -P tests/bench.py

bless: setup ## write the present output into golden cases, quotes and the page of limits; then read git diff
	$(BIN)/python -P -m pytest tests/test_golden.py tests/test_diff_golden.py tests/test_docs.py tests/test_limits.py --bless
