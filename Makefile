# Two commands: `make demo` opens the program on a sample centre, `make test` checks it.
# Needs make and Python 3.11 or newer; everything else goes into .venv, once.

# The first Python that is new enough, whatever it is called; PYTHON=… chooses another.
NEW_ENOUGH := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	"$$p" -c '$(NEW_ENOUGH)' 2>/dev/null && { echo "$$p"; break; }; done)
BIN := .venv/bin
RUN := .venv/.installed
DEV := .venv/.installed-dev
# A file's tests stay together: some share what takes a minute to make.
TESTS := $(BIN)/python -m pytest -q -n 2 --dist loadscope --no-loadscope-reorder
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: demo test check bench bench-server simulate snapshots clean

demo: $(RUN)
	@$(BIN)/tthc demo

test: $(DEV)
	$(TESTS)

check: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(TESTS)

bench: $(DEV)
	$(BIN)/python -m benchmarks

# The backend on a real PostgreSQL, started for it.
bench-server: $(DEV)
	$(BIN)/python -m benchmarks.server

# Ten thousand seeded histories of the sync protocol.
simulate: $(DEV)
	$(BIN)/python -m benchmarks.simulate

snapshots: $(DEV)
	$(BIN)/python -m pytest -q --snapshot-update tests/screens -k "looks or snapshots"

clean:
	rm -rf .venv build dist *.egg-info

# Installed again only when pyproject.toml changes: a second run needs no network.
$(RUN): pyproject.toml
	@$(MAKE) --no-print-directory .venv
	@echo "Installing, once …"
	@$(PIP) -e .
	@touch $@

$(DEV): pyproject.toml
	@$(MAKE) --no-print-directory .venv
	@echo "Installing with everything the tests need, once …"
	@$(PIP) -e ".[dev,server]"
	@touch $(RUN) $@

# A .venv that was copied from elsewhere or whose Python is gone is made anew.
.PHONY: .venv
.venv:
	@if ! $(BIN)/python -c '$(NEW_ENOUGH)' 2>/dev/null; then \
		if [ -z "$(PYTHON)" ]; then \
			echo "Python 3.11 or newer with its venv module is needed (Debian: apt install python3-venv)." >&2; exit 1; \
		fi; \
		rm -rf .venv && "$(PYTHON)" -m venv .venv; \
	fi
