# make run: set everything up and open the app.   make test: set everything up and run every test.
# make check: ruff, and the tests that need neither a browser nor a training, in less than a minute.
# make lock: write the lock files after a change of requirements.txt or requirements-dev.txt.
VENV := .venv
BIN := $(VENV)/bin
# The first Python on this machine that the pinned packages support; `make run PYTHON=...` overrides.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null \
	&& echo $$p && break; done)

# A process a core, up to four, each with a few gigabytes for TensorFlow; the tests of a file share one.
PARALLEL := -n logical --maxprocesses=4 --dist loadfile

PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --custom-compile-command "make lock"

# Needs a browser, but not the app: it may run beside others.
ALONE := tests/browser/test_lens_code.py

.PHONY: run test check lint lock clean
run: $(VENV)/.run-ready
	$(BIN)/python -m streamlit run app.py

test: $(VENV)/.test-ready
	.ci/browser
	$(BIN)/python -m pytest $(PARALLEL) tests/unit tests/pages $(ALONE) $(ARGS)
	$(BIN)/python -m pytest $(PARALLEL) --reruns 2 -rR tests/browser $(addprefix --ignore=,$(ALONE)) $(ARGS)

check: lint
	$(BIN)/python -m pytest $(PARALLEL) -q -m "not slow" tests/unit tests/pages $(ARGS)

lint: $(VENV)/.test-ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/oxlint -A no-unused-vars --deny-warnings ui

# Keeps the versions that are locked where they still fit; make lock ARGS=--upgrade takes the newest.
lock: | $(BIN)/python
	$(PIP) $$(grep '^uv==' requirements-dev.txt)
	$(COMPILE) $(ARGS) -o requirements.lock requirements.txt
	$(COMPILE) $(ARGS) -c requirements.lock -o requirements-dev.lock requirements-dev.txt

clean:
	rm -rf $(VENV)

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "This needs Python 3.11 to 3.13, and found none: install one, or name it: make run PYTHON=/path/to/python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "Python's venv module is missing: on Debian and Ubuntu, apt-get install python3-venv"; exit 1; }

# A stamp file each, so that the second call starts at once and a changed pin is installed. What is
# installed is what the lock files name, and each file must have one of their hashes.
$(VENV)/.run-ready: requirements.lock | $(BIN)/python
	$(PIP) --require-hashes -r requirements.lock
	touch $@

$(VENV)/.test-ready: requirements-dev.lock requirements.lock | $(BIN)/python
	$(PIP) --require-hashes -r requirements-dev.lock
	touch $@ $(VENV)/.run-ready
