#!/usr/bin/env bash
# Runs a command of mraru with its arguments: `serve` when none is named.
set -euo pipefail

exec mraru "${@:-serve}"
