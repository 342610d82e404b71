#!/usr/bin/env bash
# Installs the backend from this checkout into a virtual environment, which is made if it is not there. Packages are those
# of requirements.txt, whose hashes are checked; PyTorch is of the version that pyproject.toml names, as pip's index has it.
# Usage: docker/install.sh VENV
set -euo pipefail

venv=${1:?say which virtual environment: docker/install.sh VENV}
checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
python=$(command -v python3.11 || command -v python3)

[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
install=("$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-cache-dir)
"${install[@]}" --no-deps --require-hashes --requirement "$checkout/docker/requirements.txt"
"${install[@]}" "$checkout"  # and what is not locked: PyTorch, with what its build needs
"$venv/bin/mraru" --version
