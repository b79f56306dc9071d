"""Ask the OSV database for known vulnerabilities of what uv.lock names; fail where one is not accepted with a reason.

Accepted are the lines of accepted-vulnerabilities.txt: an id, then why it does not concern us. Where the database
cannot be asked, that is said and nothing fails: a build must not depend on somebody's service.
https://docs.astral.sh/uv/reference/cli/#uv-audit, https://google.github.io/osv.dev/post-v1-querybatch/
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
UV = Path(sys.executable).with_name("uv")
#: Seconds for all of it.
LONGEST = 15
COMMAND = [str(UV), "audit", "--frozen", "--output-format=json", "--preview-features=audit-command,json-output"]


def main() -> int:
    """Returns 0 where nothing is known or nothing could be asked, 1 where something is known, 2 for a bad file."""
    parser = argparse.ArgumentParser(description="Known vulnerabilities of the locked packages.")
    parser.add_argument("--accepted", type=Path, default=HERE / "accepted-vulnerabilities.txt", help="the file of ids")
    parser.add_argument("--service-url", help="another OSV service than https://api.osv.dev")
    options = parser.parse_args()
    accepted = dict(_accepted(options.accepted))
    if unreasoned := [name for name, reason in accepted.items() if not reason]:
        print(f"audit: {options.accepted}: {', '.join(unreasoned)}: write behind the id why it is accepted")
        return 2
    ignored = [part for name in accepted for part in ("--ignore", name)]
    service = ["--service-url", options.service_url] if options.service_url else []
    report = _asked([*COMMAND, *ignored, *service])
    if isinstance(report, str):
        print(f"audit: the database could not be asked, so nothing is known: {report}")
        return 0
    for found in report["vulnerabilities"]:
        package, fixed = found["dependency"], ", ".join(found["fix_versions"] or []) or "no version yet"
        name = " ".join([found["display_id"], *found["aliases"]])
        print(f"audit: {package['name']} {package['version']}: {name}: {found['summary']} (mended in {fixed})")
    packages, known = report["summary"]["audited_packages"], len(report["vulnerabilities"])
    print(f"audit: {packages} packages of uv.lock: {known} known vulnerabilities, {len(accepted)} accepted")
    return 1 if known else 0


def _accepted(file: Path) -> list[tuple[str, str]]:
    """The ids of the file and why each is accepted; ``#`` begins a line of comment."""
    lines = (line.strip() for line in file.read_text(encoding="utf-8").splitlines())
    parts = (line.partition(" ") for line in lines if line and not line.startswith("#"))
    return [(name, reason.strip()) for name, _, reason in parts]


def _asked(command: list[str]) -> dict[str, Any] | str:
    """What uv reports, or why it could not."""
    quick = {"UV_HTTP_TIMEOUT": "5", "UV_HTTP_RETRIES": "1"}
    try:
        done = subprocess.run(  # noqa: S603 (a command of ours)
            command, cwd=HERE.parent, env=os.environ | quick, capture_output=True, text=True, timeout=LONGEST
        )
        report: dict[str, Any] = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        return f"no answer within {LONGEST} s"
    except (OSError, ValueError) as error:
        lines = done.stderr.strip().splitlines() if isinstance(error, ValueError) else [str(error)]
        return lines[-1].strip().removeprefix("cause: ") if lines else "uv said nothing"
    return report


if __name__ == "__main__":
    sys.exit(main())
