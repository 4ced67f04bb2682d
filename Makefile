# Every entry is described after "##"; `make` alone prints them.

PYTHON_ENV := .venv/bin/python
MANAGE     := $(PYTHON_ENV) manage.py
# Servers that forget, in a folder of their own beside the demo's.
WITH_SERVERS := $(PYTHON_ENV) -m signalhub.embedded run --dir var/test --
SOURCES    := accounts bench common execution gateway ingest market registry signalhub streams tests tools manage.py

# One after the other, also under -j: the entries share servers and one virtual environment.
.NOTPARALLEL:
.DEFAULT_GOAL := help
.PHONY: help setup browser demo stop reset test pytest test-fast test-sandbox test-faults check lint format types imports \
        migrations bench lock clean

help:  ## Print this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | while IFS="$$(printf '\t')" read -r name text; do \
		printf '  make %-14s %s\n' "$$name" "$$text"; done

setup:  ## Install everything that the demo needs
	@python="$$(tools/find-python)" && "$$python" tools/setup.py
	@$(PYTHON_ENV) tools/assets.py

demo: setup  ## Start the demo until Ctrl-C; DETACH=1 returns when it answers, PACE=5 replays 5 bars a second
	@$(PYTHON_ENV) -m signalhub.embedded demo $(if $(DETACH),--detach)

stop:  ## End exactly what `make demo` started
	@if [ -x $(PYTHON_ENV) ]; then $(PYTHON_ENV) -m signalhub.embedded stop; else echo "nothing was running"; fi

reset: stop  ## Forget the demo's data: the next `make demo` starts from nothing
	@rm -rf var/demo

test: check  ## Do what CI does: the same as `make check`

check: lint types imports migrations pytest  ## Check format, style, types, imports and migrations, and run all tests

pytest: setup browser  ## Run all tests on the real servers, the real sandbox and a real browser; ARGS="-k name"
	@$(WITH_SERVERS) $(PYTHON_ENV) tools/run_tests.py $(ARGS)

test-fast: setup  ## Run the tests that need neither sandbox nor browser nor the whole topology
	@$(WITH_SERVERS) $(PYTHON_ENV) -m pytest -m "not sandbox and not browser and not flow and not faults" $(ARGS)

test-sandbox: setup  ## Run the tests of the sandbox
	@$(WITH_SERVERS) $(PYTHON_ENV) -m pytest -m sandbox $(ARGS)

test-faults: setup  ## Break things under ticks, signals and sockets, and count; FAULTS_SEED=7 orders the faults anew
	@$(WITH_SERVERS) $(PYTHON_ENV) -m pytest -m faults tests $(ARGS)

browser: setup
	@$(PYTHON_ENV) -m tests.browser_location

bench: setup  ## Measure the paths whose speed we hold ourselves to; NAME="trivial pooled" picks some
	@$(WITH_SERVERS) sh -c '$(MANAGE) migrate -v0 --noinput && $(MANAGE) bench $(NAME)'

lint: setup  ## Check format and style
	@.venv/bin/ruff format --check --quiet $(SOURCES) || { echo "\`make format\` formats these files:"; .venv/bin/ruff format --check $(SOURCES); }
	@.venv/bin/ruff check $(SOURCES)

format: setup  ## Format the code
	@.venv/bin/ruff format $(SOURCES)
	@.venv/bin/ruff check --fix $(SOURCES)

types: setup  ## Check types
	@.venv/bin/mypy $(SOURCES)

imports: setup  ## Check that the apps import each other downwards only
	@.venv/bin/lint-imports

migrations: setup  ## Check that no migration is missing
	@$(WITH_SERVERS) $(MANAGE) makemigrations --check --dry-run

lock: setup  ## Write the lock files anew from the requirement files
	@tools/lock.sh

clean: stop  ## Remove all that was installed or written here: var/, .venv, node_modules, static/vendor
	@rm -rf var .venv node_modules static/vendor
