#!/usr/bin/env python3
"""Fails where something that is installed has a known vulnerability, as far as pip-audit's database is in reach.

Usage: python .ci/audit.py, with the Python whose packages are meant.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

EXCEPTIONS: dict[str, str] = {}  # a vulnerability's identifier, and why it does no harm here

OK, VULNERABLE, BROKEN = 0, 1, 2


def judge(audited: list[dict[str, Any]]) -> tuple[int, list[str]]:
    """The exit code and what to say of `dependencies` in pip-audit's JSON."""
    lines, skipped, code = [], [], OK
    for package in audited:
        if "skip_reason" in package:
            skipped.append(package["name"])
        for found in package.get("vulns", []):
            names = {found["id"], *found.get("aliases", [])}
            excepted = next((EXCEPTIONS[name] for name in sorted(names) if name in EXCEPTIONS), None)
            fixed = ", ".join(found.get("fix_versions", [])) or "none yet"
            line = f"{package['name']} {package['version']}: {found['id']}, mended in {fixed}"
            lines.append(line if excepted is None else f"{line}; no harm here: {excepted}")
            code = VULNERABLE if excepted is None else code
    n_audited = len(audited) - len(skipped)
    if not n_audited:
        lines.append("NOT AUDITED: the database of vulnerabilities is out of reach from here.")
    else:
        lines.append(f"{n_audited} {'package' if n_audited == 1 else 'packages'} audited.")
        lines.extend([f"Not in the database: {', '.join(skipped)}."] if skipped else [])
    return code, lines


def main() -> int:
    command = [sys.executable, "-m", "pip_audit", "--skip-editable", "--progress-spinner", "off", "--format", "json"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    try:
        audited = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError, TypeError):
        print(f"pip-audit could not audit (exit code {done.returncode}):\n{done.stderr}", file=sys.stderr)
        return BROKEN
    code, lines = judge(audited)
    print("\n".join(lines))
    return code


if __name__ == "__main__":
    sys.exit(main())
