#!/usr/bin/env bash
# Installs the backend from this checkout into a virtual environment, which is made if it is not there.
# Usage: docker/install.sh VENV
set -euo pipefail

venv=${1:?say which virtual environment: docker/install.sh VENV}
checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
python=$(command -v python3.11 || command -v python3)

[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-cache-dir "$checkout"
"$venv/bin/mraru" --version
