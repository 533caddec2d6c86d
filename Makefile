# AniPic: `make run` and `make test` are all that a new machine needs.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
# The virtual environment takes 1.7 GB, the demo and its database some more.
NEEDED_KB := 2500000

.PHONY: run test lint format bench css lock clean

run: .venv/installed
	@exec $(BIN)/python -m anipic_site.run $(if $(VIDEOS),--videos "$(VIDEOS)")

test: lint
	$(BIN)/python -m pytest

lint: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python static/src/stamp.py

format: .venv/installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/installed
	$(BIN)/python -m tests.benchmarks

.venv/installed: pyproject.toml requirements.lock
	@test -n "$(PYTHON)" && $(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11))" \
		|| { echo "AniPic needs Python 3.11 or newer (make run PYTHON=/path/to/python)."; exit 1; }
	@free=$$(df -Pk . | awk 'NR == 2 { print $$4 }'); test -d .venv || test $$free -ge $(NEEDED_KB) \
		|| { echo "AniPic needs 2.5 GB on this disk to install; $$((free / 1000)) MB are free."; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint requirements.lock --editable ".[dev,embedded]"
	@touch $@

# Pins everything that pyproject.toml asks for, directly or not.
lock: .venv/installed
	$(BIN)/pip-compile --quiet --no-header --no-annotate --strip-extras --no-emit-index-url \
		--no-emit-find-links --extra dev --extra embedded --extra ocr --extra s3 \
		--output-file requirements.lock pyproject.toml
	sed -i 's/+cpu$$//; /^#/d; /^$$/d' requirements.lock

# Needs Node; what it makes (site.css and site.js) is kept in the tree, so that running the site does not.
css:
	cd static/src && npm ci --silent && npx @tailwindcss/cli -i site.css -o ../site.css --minify \
		&& npx esbuild site.js --minify --target=es2022 --outfile=../site.js --log-level=warning
	$(PYTHON) static/src/stamp.py --write

clean:
	rm -rf .venv
