#!/usr/bin/env bash
# What compose runs: `mraru serve`, once the settings are as they must be. Where one is missing, such as the price of a
# model, it says which and waits: a container that ended would be started again and again.
set -euo pipefail

retry_s=${RETRY_S:-600} # some faults pass, such as a model that cannot be downloaded

[ $# -eq 0 ] || exec mraru "$@" # `docker compose run backend report 1`
trap 'exit 0' TERM INT
until mraru serve --check; do
    echo "The backend waits. Write what is missing into docker/.env and run docker compose up again." >&2
    sleep "$retry_s" &
    wait $!
done
trap - TERM INT
exec mraru serve
