# The commands of Paceline. `make run` and `make test` need nothing but git, make and Python >= 3.11
# on a fresh Debian or Ubuntu (root or sudo); each step leaves a stamp in .venv, so that it runs once.

CITY ?=
MODE ?=
PORT ?= 8080
TLS ?=
HOST ?=
PYTEST_ARGS ?=
SHORT_DAY := --orders 24 --riders 6 --hours 2 --speed 120 --seed 1

SHELL := /bin/bash
# what is compiled is kept, also where a machine says otherwise: a command starts in half the time
unexport PYTHONDONTWRITEBYTECODE
export NUMBA_CACHE_DIR := $(CURDIR)/var/numba
VENV := .venv
STAMPS := $(VENV)/stamps
PIP := $(VENV)/bin/python -m pip --disable-pip-version-check --no-input
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
CODE := dispatch routing riders merchants worker tests
CHECKS := (PATH=$(CURDIR)/$(VENV)/bin:$$PATH; \
	lint-imports --no-logo && flake8 $(CODE) && isort --check-only --quiet $(CODE) && mypy)

MAKEFLAGS += --jobs=2 --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help install run test lint rehearse soak bench clean
.DELETE_ON_ERROR:

help: ## Say what each command does
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12
	@echo
	@echo 'make run takes CITY=file-or-URL.osm.pbf, PORT=8080, HOST=address, TLS=1.'

install: $(STAMPS)/system $(STAMPS)/python $(STAMPS)/vendor $(STAMPS)/packed $(STAMPS)/translations $(STAMPS)/compiled $(STAMPS)/bytecode ## Install all that Paceline needs

run: install ## Run a demo co-op with everything it needs; Ctrl-C stops it
	@exec $(VENV)/bin/paceline up --demo --port $(PORT) \
		$(if $(CITY),--city '$(CITY)') $(if $(HOST),--host '$(HOST)') $(if $(filter-out 0,$(TLS)),--tls)

test: install $(STAMPS)/browser ## Check style and types, live a minute with chaos, run the whole suite
	@failed=; mkdir -p var; \
	echo '== a minute of rehearsal, with chaos; beside it, as far as it leaves time, unit tests, imports, style, types'; \
	$(if $(PYTEST_ARGS),true,nice -n 19 $(VENV)/bin/pytest -q -p no:cacheprovider tests/unit) >var/unit.log 2>&1 & unit=$$!; \
	nice -n 19 bash -c '$(CHECKS)' >var/lint.log 2>&1 & lint=$$!; \
	trap 'kill $$unit $$lint 2>/dev/null || true' EXIT; \
	$(VENV)/bin/paceline rehearse $(SHORT_DAY) --chaos || failed="$$failed rehearsal"; \
	echo '== tests'; \
	$(VENV)/bin/pytest -n 2 --dist worksteal $(or $(PYTEST_ARGS),--ignore tests/unit) || failed="$$failed tests"; \
	echo '== unit tests'; wait $$unit || failed="$$failed unit"; cat var/unit.log; \
	echo '== imports, style, types'; wait $$lint || failed="$$failed lint"; cat var/lint.log; \
	if [ -n "$$failed" ]; then echo "paceline: not all is well, see above:$$failed"; exit 1; fi

lint: $(STAMPS)/python ## Check imports, style and types
	@$(CHECKS)

rehearse: install ## Live a courier day through public HTTP and check that every sum adds up
	$(VENV)/bin/paceline rehearse --orders 200 --riders 15 --hours 6 --speed 30 --json var/day.json \
		$(if $(CITY),--city '$(CITY)') $(if $(MODE),--mode '$(MODE)')

soak: install $(STAMPS)/browser ## Live a thousand bad days of a phone, forty of them in Chromium: nothing is lost or doubled
	PACELINE_SOAK=1000 PACELINE_BROWSER_SOAK=40 $(VENV)/bin/pytest -q -p no:xdist --timeout 7200 \
		tests/integration/riders/test_soak.py tests/functional/phone/test_soak_in_browser.py $(PYTEST_ARGS)

bench: install ## Measure the street engine (CITY=file for a real town) and the optimiser beside its peers
	@mkdir -p var
	@$(if $(CITY),,$(VENV)/bin/python -c 'from pathlib import Path; from dispatch.demo.town import write_town; \
		write_town(Path("var/bench.osm.pbf"))')
	-$(VENV)/bin/python -m routing bench streets --osm '$(or $(CITY),var/bench.osm.pbf)'
	$(VENV)/bin/python -m routing bench courier --riders 60 --orders 150 --seconds 1

clean: ## Stop what still runs and delete all data, keeping the installation
	@if [ -x $(VENV)/bin/python ]; then $(VENV)/bin/python -m dispatch.stack.clean; fi
	@rm -rf var .pytest_cache .mypy_cache .hypothesis .import_linter_cache

$(STAMPS)/system: dispatch/stack/system_packages.py
	@if [ -z '$(PYTHON)' ]; then echo 'paceline: no Python 3.11 or newer - apt-get install python3'; exit 1; fi
	@$(PYTHON) dispatch/stack/system_packages.py
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/browser: dispatch/stack/system_packages.py | $(STAMPS)/system
	@$(PYTHON) dispatch/stack/system_packages.py --browser
	@mkdir -p $(STAMPS) && touch $@

# uv fetches and unpacks many at a time, pip one after the other; pip does it all where uv cannot.
UV = VIRTUAL_ENV=$(CURDIR)/$(VENV) $(VENV)/bin/uv pip
LOCKED = install --require-hashes --no-deps --requirement
# Where Python can make a .venv by itself, this does not wait for the system's packages.
CAN_VENV := $(shell $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null && echo yes)
$(STAMPS)/python: requirements.lock dispatch/stack/installer.lock setup.cfg pyproject.toml | $(if $(CAN_VENV),,$(STAMPS)/system)
	@echo '== Python packages'
	@mkdir -p $(STAMPS)
	@test -x $(VENV)/bin/python -a -x $(VENV)/bin/pip || $(PYTHON) -m venv $(VENV)
	@index=$${PIP_INDEX_URL:-$$($(PIP) config get global.index-url 2>/dev/null)}; \
	[ -z "$$index" ] || export UV_DEFAULT_INDEX="$$index"; \
	{ $(PIP) $(LOCKED) dispatch/stack/installer.lock --quiet --no-compile && $(UV) $(LOCKED) requirements.lock && \
		$(UV) install --no-deps --quiet --editable .; } || \
	{ echo 'paceline: uv could not, pip tries it: some minutes'; \
		$(PIP) $(LOCKED) requirements.lock --no-compile && $(PIP) install --no-deps --quiet --editable .; }
	@touch $@

# A module is compiled when it is first loaded; what nobody loads stays as it came.
$(STAMPS)/bytecode: $(STAMPS)/python | $(STAMPS)/system
	@$(VENV)/bin/python -c 'from dispatch.stack.fork_server import load; load()'
	@touch $@

$(STAMPS)/vendor: $(addprefix dispatch/frontend/,package-lock.json vendor.json vendor.mjs) \
		dispatch/stack/vendor.py | $(STAMPS)/python
	@echo '== browser libraries'
	@$(VENV)/bin/python -m dispatch.stack.vendor
	@touch $@

FILES := $(shell find dispatch/static riders/static -type f -not -path '*/vendor/*' -not -path '*/packed/*' -not -path '*/bundled/*')
$(STAMPS)/packed: $(FILES) $(addprefix dispatch/frontend/,bundle.json bundle.mjs) $(STAMPS)/vendor | $(STAMPS)/python $(STAMPS)/system
	@$(VENV)/bin/python -m dispatch.stack.bundle
	@$(VENV)/bin/python -m dispatch.cli.packing
	@touch $@

CATALOGUES := $(wildcard dispatch/translations/*/LC_MESSAGES/*.po)
$(STAMPS)/translations: $(CATALOGUES) | $(STAMPS)/python
	@$(if $(CATALOGUES),$(VENV)/bin/pybabel -q compile --directory dispatch/translations)
	@touch $@

KERNELS := $(wildcard routing/engines/*_kernel.py)
$(STAMPS)/compiled: $(KERNELS) | $(STAMPS)/python
	@echo '== optimiser'
	@mkdir -p var/numba
	@$(VENV)/bin/python -c 'from routing.engines.warm import warm; warm()'
	@touch $@
