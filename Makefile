# Every target installs what it needs. `make help` lists them.
SHELL := /bin/bash
PY := .venv/bin/python
SAM := SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=eu-west-1 .venv-sam/bin/sam
