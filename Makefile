# Every target installs what it needs, and does nothing where nothing changed.
SHELL := /bin/bash
.DEFAULT_GOAL := help
MAKEFLAGS += --jobs=2  # the two environments install side by side

UV_VERSION := 0.13.9
PYTHON := $(or $(shell command -v python3.13),python3)
PY := .venv/bin/python
# sam builds with the Python that it finds first.
SAM := PATH="$(CURDIR)/.venv-sam/bin:$$PATH" SAM_CLI_TELEMETRY=0 sam
# A default holds unless the command line says otherwise: the shell has a USER of its own.
given = $(if $(filter command,$(origin $1)),$($1),$2)

.PHONY: help run sam-local token test test-faults check bench build build-check openapi readme deploy lock clean

help: ## Show this
	@awk -F ' ## ' '/^[a-z-]+:.* ## / {sub(/:.*/, "", $$1); printf "  make %-12s %s\n", $$1, $$2}' Makefile

run: build .venv/.installed ## Run everything on this machine, at http://localhost:4500 (PORT=…)
	@$(PY) -m tests.local

sam-local: build .venv/.installed ## The same behind `sam local start-api`, with Docker (SAM_LOCAL_FLAGS=…)
	@$(PY) -m tests.local.sam_local

token: .venv/.installed ## Print a JWT for the local stack: make -s token ROLE=admin ORG=demo USER=ada
	@$(PY) -m tests.local.token --role "$(call given,ROLE,admin)" --organization "$(call given,ORG,demo)" --user "$(call given,USER,ada)"

test: build .venv/.installed ## Run all tests (ARGS="-k state" for some)
	@tests/local/install.sh
	@$(if $(ARGS),$(PY) -m pytest $(ARGS),tests/local/both_halves.sh)

test-faults: .venv/.installed ## Strike the refreshing of credentials in many ways (SEED=… HISTORIES=10000)
	@tests/local/install.sh
	@SEED=$(SEED) HISTORIES=$(or $(HISTORIES),10000) $(PY) -m pytest tests/races $(ARGS)

check: .venv/.installed .venv-sam/.installed ## Lint, types, architecture, template, known vulnerabilities
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	PYTHONPATH=.:layers/hub .venv/bin/lint-imports
	.venv/bin/cfn-lint template.yaml
	$(SAM) validate --lint --region eu-west-1  # it insists on one, whichever
	$(PY) -m tests.repository.audit

# By content and not by date, so that a removed file or another branch is noticed.
build: .venv-sam/.installed ## Build functions and layers into .aws-sam/build
	@digest=$$(find template.yaml functions layers requirements-sam.txt tests/artefacts/sourceless.py -type f -not -name '*.pyc' -print0 \
		| sort -z | xargs -0 sha256sum | sha256sum) && \
	if test "$$digest" != "$$(cat .aws-sam/built-from 2>/dev/null)"; then \
		echo "Building functions and layers into .aws-sam/build ..." >&2 && \
		rm -f .aws-sam/built-from && \
		{ said=$$($(SAM) build --cached --parallel 2>&1) || { echo "$$said" >&2; exit 1; }; } && \
		.venv-sam/bin/python -m compileall -q --invalidation-mode unchecked-hash .aws-sam/build && \
		.venv-sam/bin/python -m tests.artefacts.sourceless .aws-sam/build/HubLayer/python && \
		echo "$$digest" > .aws-sam/built-from; \
	fi

bench: build .venv/.installed ## Measure cold starts, requests, sealing, sizes, idle cost (build/bench.json)
	@tests/bench/install.sh
	@PYTHONPATH=.:layers/hub $(PY) -m tests.bench

build-check: build .venv/.installed ## Import every handler from what was built, and from nothing else
	$(PY) -m tests.artefacts.check

deploy: build ## Deploy to AWS: make deploy PARAMETERS="Stage=production PublicBaseUrl=https://… …"
	$(SAM) deploy $(if $(PARAMETERS),--parameter-overrides $(PARAMETERS),--guided)

openapi: .venv/.installed ## Write the OpenAPI document anew from what handlers declare
	PYTHONPATH=.:layers/hub $(PY) -m tests.repository.openapi

readme: .venv/.installed ## Write the README's table of providers anew from their declarations
	PYTHONPATH=.:layers/hub $(PY) -m tests.repository.provider_table

lock: .venv/.installed ## Write the locked requirements anew (UPGRADE=1 for newer releases)
	.venv/bin/uv pip compile pyproject.toml --python-version 3.13 --generate-hashes $(if $(UPGRADE),--upgrade) -q -o layers/dependencies/requirements.txt
	.venv/bin/uv pip compile pyproject.toml --group dev --python-version 3.13 --generate-hashes $(if $(UPGRADE),--upgrade) -q -c layers/dependencies/requirements.txt -o requirements-dev.txt
	.venv/bin/uv pip compile --group pyproject.toml:sam --python-version 3.13 --generate-hashes $(if $(UPGRADE),--upgrade) -q -o requirements-sam.txt

clean: ## Remove all that was installed, built and kept locally, .env.local excepted
	rm -rf .venv .venv-sam .aws-sam .local build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.installed: requirements-dev.txt
.venv-sam/.installed: requirements-sam.txt
.venv/.installed .venv-sam/.installed:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))' || \
		{ echo "Python 3.13 is needed, the version that Lambda runs; $(PYTHON) is another one. Install it and try again." >&2; exit 1; }
	@echo "Installing $< into $(@D) ..." >&2
	@test -x $(@D)/bin/pip || $(PYTHON) -m venv $(@D)
	@$(@D)/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@$(@D)/bin/uv pip install --quiet --python $(@D)/bin/python --require-hashes -r $<
	@touch $@
