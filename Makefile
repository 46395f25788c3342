# What there is to do with a checkout. Every target sets up what it needs first.

CHROMIUM ?= /usr/bin/chromium
PORT ?= 8000
ARGS ?=
export CHROMIUM PORT
# Dozens of processes read the same modules; none should compile them anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup demo demo-reset test faults bench check format lint types floors migrations catalogues

setup:
	@scripts/setup

demo: setup
	@.venv/bin/python -m scripts.demo

demo-reset: setup
	@.venv/bin/python -m scripts.demo --anew

test: setup
	@"$(CHROMIUM)" --version >/dev/null 2>&1 || { echo "make test: Chromium is missing; install the package chromium (or name the program in CHROMIUM)" >&2; exit 1; }
	@.venv/bin/pytest -q -n auto --dist worksteal $(ARGS)

faults: setup
	@.venv/bin/pytest -q -n auto --dist worksteal --full-scale tests/faults tests/journeys tests/usecases/test_demonstrations.py $(ARGS)

bench: setup
	@.venv/bin/python -m tests.bench $(ARGS)

check: format lint types floors migrations catalogues

format: setup
	.venv/bin/ruff format --check

lint: setup
	.venv/bin/ruff check

types: setup
	.venv/bin/mypy

floors: setup
	.venv/bin/lint-imports

migrations: setup
	.venv/bin/python -m scripts.migrations

catalogues: setup
	.venv/bin/python -m scripts.catalogues
