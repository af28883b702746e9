"""Send what schemathesis makes up to nodes of each dialect and to the control API.

`make fuzz` runs this. No answer may be a 5xx, have a status or a form that the OpenAPI document
does not have, or disagree with `Allow`. Whether a request is refused is not judged: schemathesis
knows nothing of checksums of addresses.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.serving import Served, serving
from simulator.node.dialects import DEFAULT_DIALECT, Dialect

HERE = Path(__file__).parent
COMMAND = HERE.parents[1] / ".venv" / "fuzz" / "bin" / "schemathesis"
CHECKS = (
    *("not_a_server_error", "status_code_conformance", "content_type_conformance"),
    *("response_headers_conformance", "response_schema_conformance"),
    *("unsupported_method", "allow_header_conformance"),
)
EXAMPLES = 100
"""How many an operation gets in each round."""
MAX_ROUNDS = 10
LIMIT_SECONDS = 600
NODES = 3
SHUT_DOWN = "/api/v1/shutdown"
"""After which a node says only that it is stopped, whatever it is asked."""
BOOTSTRAP = "0x" + "22" * 20


@contextmanager
def testnet(dialect: Dialect) -> Iterator[tuple[Served, list[str]]]:
    """Serve a small testnet; its addresses come along."""
    with serving(NODES, "--engine=model", f"--dialect={dialect}") as served:
        yield served, [served.token, served.token, *served.addresses, BOOTSTRAP]


def attack(url: str, addresses: list[str], cases: int, seed: int) -> bool:
    """Test what a URL serves, in rounds until there were so many cases; tell if all is well."""
    done = 0
    for number in range(MAX_ROUNDS):
        made, well = one_round(url, addresses, seed + number)
        done += made
        if not well or done >= cases:
            print(f"{url}: {done} cases, {'all well' if well else 'see above'}\n", flush=True)
            return well
    print(f"{url}: only {done} cases in {MAX_ROUNDS} rounds")
    return False


def one_round(url: str, addresses: list[str], seed: int) -> tuple[int, bool]:
    """Test once; return how many cases that were, and whether all is well."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [str(COMMAND), "run", f"{url}/openapi.json", f"--checks={','.join(CHECKS)}"]
        options = [
            f"--max-examples={EXAMPLES}",
            f"--seed={seed}",
            "--continue-on-failure",
            "--warnings=off",
            f"--exclude-path={SHUT_DOWN}",
            "--request-timeout=30",
            "--report=json",
            f"--report-json-path={report}",
        ]
        environment = {
            **os.environ,
            "SCHEMATHESIS_HOOKS": str(HERE / "hooks.py"),
            "FUZZ_ADDRESSES": ",".join(addresses),
            "NO_PROXY": str(urlsplit(url).hostname),
        }
        ended = subprocess.run(
            [*command, *options], check=False, env=environment, cwd=folder, timeout=LIMIT_SECONDS
        )
        made = json.loads(report.read_text(encoding="utf-8"))["test_cases"]["generated"]
    return made, ended.returncode == 0


def main() -> int:
    """Test everything, each on a testnet of its own, and return the exit code."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--cases", type=int, default=2_000, help="of each API, at least")
    options.add_argument("--seed", type=int, default=0)
    chosen = options.parse_args()
    results = []
    for dialect in Dialect:
        with testnet(dialect) as (served, addresses):
            results.append(attack(served.urls[0], addresses, chosen.cases, chosen.seed))
    with testnet(DEFAULT_DIALECT) as (served, addresses):
        results.append(attack(served.control, addresses, chosen.cases, chosen.seed))
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
