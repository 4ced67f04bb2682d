#!/bin/sh
# Writes the lock files from the requirement files: every package with its hashes, for every
# Python from 3.11 on, and without the address of any registry.
set -eu
cd "$(dirname "$0")/.."

compile() {
    .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-header --no-annotate --no-emit-index-url "$@"
}

compile requirements.txt --output-file requirements.lock
compile requirements-dev.txt --constraint requirements.lock --output-file requirements-dev.lock

npm install --package-lock-only --no-audit --no-fund
sed -i '/^ *"resolved": /d' package-lock.json
