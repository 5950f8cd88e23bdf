"""Starts and stops the service for a test, and says what holds. Wants BASE and WORK as `run` sets them."""

import atexit
import os
import pathlib
import subprocess
import sys
import time
import urllib.request

BASE, WORK = os.environ["BASE"], pathlib.Path(os.environ["WORK"])
LOG = WORK / "server.log"


def check(holds: bool, means: str, found: object = "") -> None:
    if not holds:
        sys.exit(f"not ok {means} {found}")
    print(f"ok {means}", flush=True)


def begin(*command: str, environment: dict[str, str] | None = None) -> subprocess.Popen:
    """Starts it, and waits for nothing. It ends with the test at the latest."""
    with LOG.open("ab") as log:
        process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    atexit.register(process.kill)
    return process


def start(*command: str, environment: dict[str, str] | None = None) -> subprocess.Popen:
    """Starts it, and waits until it is ready."""
    process = begin(*command, environment=environment)
    until = time.monotonic() + 30
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{BASE}/readyz", timeout=5):
                return process
        except OSError:
            time.sleep(0.02)
    sys.exit("not ok the service is ready within 30 s")


def stop(process: subprocess.Popen) -> None:
    process.terminate()
    check(process.wait(60) == 0, "the service stops when asked to")
