# Two commands: `make run` serves a portal, `make help` lists the rest.
# Needs GNU make and Python 3.11, 3.12 or 3.13 with venv; everything else goes into .venv.

.DEFAULT_GOAL := help
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules
SHELL := /bin/sh

VENV := .venv
PY := $(VENV)/bin/python
RIGHT_PYTHON := import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))

# The first that is there and fits. A name can be there and not run (pyenv's shims), so each is asked.
ifeq ($(origin PYTHON), undefined)
PYTHON = $(shell for name in python3.13 python3.12 python3.11 python3; do \
	if $$name -c '$(RIGHT_PYTHON)' >/dev/null 2>&1; then echo $$name; break; fi; done)
endif

PIP := $(PY) -m pip --disable-pip-version-check --no-input -q install --require-hashes --no-deps
# What `make test` hands to pytest: make test ARGS="tests/runbooks -k steps"
ARGS ?= tests
JOBS ?= 2

# Port and folder: make run PORT=8001 DATA_DIR=/tmp/second DEMO=0
.PHONY: run
run: $(VENV)/.run  ## serve a portal on this machine (PORT=8000 DATA_DIR=./var DEMO=1 READ_WITHOUT_LOGIN=1)
	@exec $(PY) -m portal.running

# In the order of the folders: tests/browser has the files that take longest. Else xdist begins with the
# files of most tests, and one worker ends with a long one while the other waits.
.PHONY: test
test: $(VENV)/.dev  ## run the tests (ARGS="tests/runbooks -k steps" JOBS=2)
	$(PY) -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder $(ARGS)

# Each check is a target of its own, so that `make -k check` names all that fails.
CHECKS := check-lint check-format check-types check-layers check-templates check-django check-docs check-shell
.PHONY: check $(CHECKS)
check: $(CHECKS)  ## lint, format, types, layers, templates, migrations, deploy settings, docs, shell
# What the checks that load the settings run with: a production's, in a folder of their own.
$(CHECKS): export DATA_DIR := $(CURDIR)/$(VENV)/check
check-django: export SITE_URL := https://runbooks.example.org
check-django: export SECRET_KEY := only-for-make-check-0123456789-abcdefghij-klmnopqrst-uvwxyz
$(CHECKS): $(VENV)/.dev
check-lint:
	$(VENV)/bin/ruff check --quiet .
check-format:
	$(VENV)/bin/ruff format --quiet --check .
check-types:
	$(VENV)/bin/mypy --no-error-summary
check-layers:
	$(VENV)/bin/lint-imports --no-cache
check-templates:
	$(VENV)/bin/djlint templates --quiet --lint
check-django:
	$(PY) manage.py makemigrations --check --dry-run
	$(PY) manage.py check --deploy --fail-level WARNING
check-docs:
	env -u PORT -u SITE_URL -u BIND $(PY) manage.py settings_table --check
check-shell:
	@if command -v shellcheck >/dev/null; then shellcheck .ci/run; else echo "shellcheck is not on this machine: .ci/run is not checked"; fi

.PHONY: fmt
fmt: $(VENV)/.dev  ## mend what lint and format can mend
	$(VENV)/bin/ruff check --fix --quiet .
	$(VENV)/bin/ruff format --quiet .

.PHONY: bench
bench: $(VENV)/.run  ## measure against the bare Django floor (PARTS=page,search SIZES=1000,10000)
	$(PY) -m bench

.PHONY: requirements
requirements:  ## pin requirements/*.txt anew from pyproject.toml (needs uv)
	uv pip compile pyproject.toml $(PIN) -o requirements/run.txt
	uv pip compile --group dev $(PIN) -c requirements/run.txt -o requirements/dev.txt
PIN := --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

.PHONY: clean
clean:  ## remove .venv and caches; DATA_DIR stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache bench-out

.PHONY: help
help:
	@echo "Drillbook: runbooks that are found, owned and rehearsed."
	@sed -n 's/^\([a-z]*\):.*  ## \(.*\)/  make \1 \2/p' $(MAKEFILE_LIST) | awk '{printf "  %s %-13s", $$1, $$2; $$1=$$2=""; print}'

# Stamps: a second start installs nothing. A .venv whose Python is gone or too old is made anew.
ifneq ($(shell $(PY) -c '$(RIGHT_PYTHON)' 2>/dev/null && echo fits),fits)
$(shell rm -f $(VENV)/.python $(VENV)/.run $(VENV)/.dev)
endif
$(VENV)/.python:
	@test -n "$(PYTHON)" && $(PYTHON) -c '$(RIGHT_PYTHON)' || { \
		echo "Drillbook needs Python 3.11, 3.12 or 3.13 with its venv module; $(or $(PYTHON),python3) is not one." >&2; \
		echo "Install one (Debian: python3 and python3-venv), or name it: make run PYTHON=/path/to/python3.12" >&2; exit 1; }
	@$(PY) -c '$(RIGHT_PYTHON)' 2>/dev/null || { echo "Making $(VENV) with $$($(PYTHON) --version)"; $(PYTHON) -m venv --clear $(VENV); }
	@touch $@

$(VENV)/.run: requirements/run.txt | $(VENV)/.python
	@echo "Installing what Drillbook needs into $(VENV) (once, under a minute)"
	@$(PIP) -r requirements/run.txt
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.run
	@echo "Installing the developer's tools into $(VENV) (once)"
	@$(PIP) -r requirements/dev.txt
	@touch $@
