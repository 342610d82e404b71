#!/usr/bin/env bash
# Succeeds when the backend on this machine says that it is up; gives basic auth where it is set. It asks /health, not /ready,
# which also fails where Label Studio is down: no restart of the backend mends that.
set -euo pipefail

exec python3 - <<'PYTHON'
import base64
import json
import os
import sys
import urllib.request

request = urllib.request.Request(f"http://127.0.0.1:{os.environ.get('PORT') or 9090}/health")
user, password = os.environ.get("BASIC_AUTH_USER"), os.environ.get("BASIC_AUTH_PASS")
if user and password:
    token = base64.b64encode(f"{user}:{password}".encode()).decode()
    request.add_header("Authorization", f"Basic {token}")
direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # never through a proxy
try:
    with direct.open(request, timeout=5) as answer:
        status = json.load(answer).get("status")
except (OSError, ValueError) as error:
    sys.exit(f"The backend does not answer: {error}")
if status != "UP":
    sys.exit(f"The backend says {status!r}")
PYTHON
