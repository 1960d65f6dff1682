# Everything a developer does here. `make` lists it.
export UV_PYTHON_DOWNLOADS := never
PYTHON ?=
export PYTHON
BIN := .venv/bin

.PHONY: help setup demo serve test bench lock catalogs
.DEFAULT_GOAL := help

help: ## This list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

setup: .venv/.ready ## Install what is needed into .venv; instant when nothing changed

.venv/.ready: requirements-dev.txt .ci/uv.txt .ci/setup
	@.ci/setup

demo: setup ## Portal and sandbox with demo data on 127.0.0.1:8000 and :8001
	@exec $(BIN)/python -m sandbox.demo

serve: setup ## The production server; settings come from the environment, see .env.example
	$(BIN)/python manage.py check --deploy --fail-level ERROR
	$(BIN)/python manage.py collectstatic --noinput --verbosity 0
	@exec $(BIN)/gunicorn --config python:learning_portal.gunicorn_conf learning_portal.wsgi:application

test: setup ## Everything a build server runs. One part alone: make test STEPS="lint types"
	@$(BIN)/python .ci/checks.py $(STEPS)

bench: setup ## Measure sign-in and directory calls beside the stock libraries
	@bench/run

lock: setup ## Compile the hashed requirement files from pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header pyproject.toml --output-file requirements.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header pyproject.toml --group dev --output-file requirements-dev.txt
	echo uv | $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate - --output-file .ci/uv.txt

catalogs: setup ## Collect what learners read into the German catalog, and compile it
	@$(BIN)/python .ci/catalogs.py
