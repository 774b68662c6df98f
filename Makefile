# make app    the apps in your browser        make test   every check, in an environment of its own
# make lab    the notebooks in JupyterLab     make bench  the speed on this computer
# make test-all  the slow ones too    make lock  keep the versions that are installed (after TWINKIT_NEWEST=1 make test)
# make clean  remove what make has made       (make app PYTHON=python3.12 picks another Python)

SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
TEST_VENV := .venv-test
WORKERS ?= 2
WHICH ?= not slow

# every kernel and every server is a process: without kept bytecode each would compile all modules again
unexport PYTHONDONTWRITEBYTECODE

.PHONY: app lab bench test test-all lock clean
.DEFAULT_GOAL := app

app: $(VENV)/.installed
	@$(VENV)/bin/twinkit app $(ARGS)

lab: $(VENV)/.installed
	@$(VENV)/bin/twinkit lab notebooks $(ARGS)

bench: $(VENV)/.installed-bench
	@$(VENV)/bin/twinkit bench $(ARGS)

test: $(TEST_VENV)/.installed
	@chromium=$$(.ci/chromium.sh) && export TWINKIT_CHROMIUM="$$chromium" && \
	echo "ruff check" && $(TEST_VENV)/bin/ruff check . && \
	$(TEST_VENV)/bin/twinkit warm && \
	$(TEST_VENV)/bin/python -m pytest -n $(WORKERS) --dist loadgroup -m "$(WHICH)" $(ARGS)

# the versions that were tested, as those to be installed, and the licences of all that is
lock: $(TEST_VENV)/.installed
	@$(TEST_VENV)/bin/python .ci/lock.py

test-all: WHICH :=
test-all: test

clean:
	rm -rf $(VENV) $(TEST_VENV) build dist .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# an environment is made anew only when pyproject.toml has changed
$(VENV)/.installed: pyproject.toml
	@.ci/install.sh "$(PYTHON)" $(VENV) ".[optimise]"
	@touch $@

$(VENV)/.installed-bench: pyproject.toml
	@.ci/install.sh "$(PYTHON)" $(VENV) ".[bench,optimise]"
	@touch $@ $(VENV)/.installed

$(TEST_VENV)/.installed: pyproject.toml
	@.ci/install.sh "$(PYTHON)" $(TEST_VENV) ".[test]"
	@touch $@
