"""A stand-in for FlexAI's command-line program, which misbehaves in the ways that are known of it, and in worse ones.

Not the program, and not tried against it: it is built to what is publicly known. `MODE` in the folder of the script
says what it does; what it was called with and what it had in its environment is written beside.
"""

from __future__ import annotations

import sys
from pathlib import Path

SCRIPT = r"""
import json, os, signal, subprocess, sys, time
from pathlib import Path

here = Path(__file__).parent
with (here / "calls").open("a") as calls:
    calls.write(json.dumps({"argv": sys.argv[1:], "env": dict(os.environ), "pid": os.getpid()}) + "\n")
mode = (here / "MODE").read_text()
endpoint = {
    "metadata": {"id": "11111111-2222", "name": "demo", "createdAt": "2026-11-25 01:02:03.000001 +0000 UTC"},
    "config": {"endpointUrl": "https://inference-1-2.platform.flex.ai", "deviceArchitecture": "nvidia",
               "runtimeArgs": ["--model=Qwen/Q", "--max-model-len", "16384", "--api-key", "plain-secret-1"],
               "apiKey": "plain-secret-2", "apiKeySecretName": "demo-key", "hfTokenSecretName": "hf-token",
               "dashboardUrl": "https://dash.example/d/1", "playgroundUrl": "https://play.example/1"},
    "runtime": {"status": "running", "replicas": 1},
}
if mode.startswith("status:"):
    endpoint["runtime"]["status"] = mode.partition(":")[2]
if sys.argv[1:3] == ["inference", "list"]:
    print("NAME    STATUS\nfirst   running\nsecond  stopped")
    sys.exit(0)
if sys.argv[1:3] == ["inference", "logs"]:
    print(f"the log of {sys.argv[3]}, with HF_TOKEN=hf_abcdefghijklmnop", flush=True)
    sys.stderr.write("and what is said beside it\n")
    sys.stderr.flush()
    time.sleep(600)
if mode == "noise":
    print("Using profile default\n{ this is no JSON")
if mode == "never":
    print("waiting", flush=True)
    time.sleep(600)
if mode == "ignores":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("waiting", flush=True)
    time.sleep(600)
if mode == "leaves":
    # Another process goes on, in a group of its own, with the output open.
    child = subprocess.Popen(["sleep", "20"], start_new_session=True)
    (here / "child").write_text(str(child.pid))
if mode == "brood":
    child = subprocess.Popen(["sleep", "600"])
    (here / "child").write_text(str(child.pid))
    time.sleep(600)
if mode == "flood":
    while True:
        sys.stdout.write("flood " * 10000)
if mode == "bytes":
    sys.stdout.buffer.write(b"\xff\xfe\x00 nonsense\n")
    sys.stdout.flush()
if mode == "chatty":
    sys.stderr.write("debug line\n" * 200000)
if mode == "update":
    sys.stderr.write("Error: CLI update required\n")
    sys.exit(1)
if mode == "unknown":
    sys.stderr.write('level=error {"code":"ET0002","message":"inference demo not found"} token=hf_abcdefghijklmnop\n')
    sys.exit(1)
if mode == "empty":
    sys.exit(0)
print(json.dumps(endpoint, indent=2))
if mode == "two":
    print(json.dumps({"another": "document"}))
"""


class StandIn:
    """The program in a folder of its own; `path` is what PATH has to be."""

    def __init__(self, folder: Path, mode: str = "well") -> None:
        self._folder = folder
        folder.mkdir(exist_ok=True)
        program = folder / "flexai"
        program.write_text(f"#!{sys.executable}\n{SCRIPT}")
        program.chmod(0o755)
        self.mode(mode)

    @property
    def path(self) -> str:
        return f"{self._folder}:/usr/bin:/bin"

    def mode(self, mode: str) -> None:
        (self._folder / "MODE").write_text(mode)

    def calls(self) -> list[dict[str, object]]:
        import json

        file = self._folder / "calls"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    @property
    def child(self) -> int:
        """The process that it left behind."""
        return int((self._folder / "child").read_text())
