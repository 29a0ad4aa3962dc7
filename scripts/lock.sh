#!/usr/bin/env bash
# Renews requirements.lock from pyproject.toml: hashes only, no addresses. Needs the lock tool `uv` on the PATH.
set -euo pipefail
cd "$(dirname "$0")/.."
uv pip compile --universal --python-version 3.11 --extra dev --generate-hashes --no-annotate --no-header \
    --quiet pyproject.toml -o requirements.lock
