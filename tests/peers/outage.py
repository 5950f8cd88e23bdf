"""Takes the service's database away while it is asked for things: every answer must say so (503 with Retry-After), none
may be an internal error, what was accepted must be there afterwards, and service must be back within a second.

    outage.py postgres PROGRAM    restarts the server of CONTROL (a command) and ends all connections
    outage.py sqlite PROGRAM      fills the disk of the file, and lets it be read only

Wants BASE, OPERATOR, WORK and REIHUM_DATABASE_URL as `run` sets them.
"""

import json
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

from service import BASE, WORK, check, start, stop

RESTARTS, TERMINATIONS, CLIENTS = 50, 50, 4
WITHIN = 1.0


def lower(headers) -> dict:
    return {name.lower(): value for name, value in headers.items()}


def ask(method: str, path: str, token: str | None = None, body=None) -> tuple[int, dict, object]:
    """Status, headers and JSON. Raises OSError if there is no answer."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    request = urllib.request.Request(f"{BASE}{path}", data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            text = answer.read()
            return answer.status, lower(answer.headers), json.loads(text) if path.startswith("/api") else text
    except urllib.error.HTTPError as error:
        return error.code, lower(error.headers), json.loads(error.read() or b"null")


def made(path: str, token: str, body) -> dict:
    status, _, answer = ask("POST", f"/api/v1{path}", token, body)
    if status != 201:
        sys.exit(f"not ok {path} is made: {status} {answer}")
    return answer


def control(*words: str) -> None:
    """Stops or restarts the server."""
    subprocess.run([*shlex.split(os.environ["CONTROL"]), *words], check=True, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")


class Client(threading.Thread):
    """Reads and writes without a pause, and keeps what was answered."""

    def __init__(self, number: int, base: str, token: str) -> None:
        super().__init__(daemon=True)
        self.number, self.base, self.token = number, base, token
        self.wrong: list[str] = []
        self.accepted: set[str] = set()
        self.answers = {200: 0, 201: 0, 503: 0}
        self.ends = False

    def run(self) -> None:
        count = 0
        while not self.ends:
            count += 1
            self.ask("GET", "/people?limit=10")
            name = f"{self.number}-{count}"
            person = {
                "given_name": "Toni", "family_name": f"Beispiel {name}", "address": f"toni{name}@herford.example",
                "role": "reader", "from": "2026-01-01",
            }
            if self.ask("POST", "/people", person) == 201:
                self.accepted.add(person["address"])
            time.sleep(0.01)

    def ask(self, method: str, path: str, body=None) -> int:
        try:
            status, headers, answer = ask(method, f"/api/v1{self.base}{path}", self.token, body)
        except OSError as error:
            self.wrong.append(f"{method} {path}: {error}")
            return 0
        if status not in self.answers or (status == 503 and "retry-after" not in headers):
            self.wrong.append(f"{method} {path}: {status} {answer}")
        else:
            self.answers[status] += 1
        return status


def cooperation() -> tuple[str, str]:
    operator = os.environ["OPERATOR"]
    slug = made("/cooperations", operator, {"name": "Fünf"})["slug"]
    token = made(f"/cooperations/{slug}/tokens", operator, {"role": "coordinator", "label": "outage"})["token"]
    return f"/cooperations/{slug}", token


def people(base: str, token: str) -> set[str]:
    found, path = set(), f"/api/v1{base}/people?limit=200"
    while path:
        _, _, page = ask("GET", path, token)
        found |= {one["address"] for one in page["items"]}
        path = page.get("next") and f"/api/v1{base}/people?limit=200&cursor={page['next']}"
    return found


def back(base: str, token: str) -> float:
    """How long it takes until a read and a write are answered."""
    begin = time.monotonic()
    while True:
        reads = ask("GET", f"/api/v1{base}/people?limit=1", token)[0]
        person = {"given_name": "Kim", "family_name": "Beispiel", "address": f"kim{begin}@herford.example",
                  "role": "reader", "from": "2026-01-01"}
        # 422: the address is there, so a commit had happened whose answer was lost.
        writes = ask("POST", f"/api/v1{base}/people", token, person)[0]
        if reads == 200 and writes in (201, 422):
            return time.monotonic() - begin
        if time.monotonic() - begin > 20:
            sys.exit(f"not ok the service comes back: {reads} {writes}")
        time.sleep(0.02)


def postgres(program: str) -> None:
    service = start(program, "serve")
    base, token = cooperation()
    clients = [Client(number, base, token) for number in range(CLIENTS)]
    for client in clients:
        client.start()
    slowest = 0.0
    for number in range(RESTARTS):
        mode = ["fast", "immediate"][number % 2]
        control("restart", "--mode", mode)
        slowest = max(slowest, back(base, token))
        check_alive()
    check(slowest < WITHIN, f"after each of {RESTARTS} restarts of the server, service is back within a second"
                            f" ({slowest:.2f} s at most)")
    ended, slowest = 0, 0.0
    terminate = ("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                 " WHERE datname = current_database() AND pid <> pg_backend_pid()")
    for _ in range(TERMINATIONS):
        output = subprocess.run(["psql", "--no-psqlrc", "--tuples-only", "--command", terminate,
                                 os.environ["REIHUM_DATABASE_URL"]], check=True, capture_output=True, text=True)
        ended += int(output.stdout)
        slowest = max(slowest, back(base, token))
        time.sleep(0.05)
    check(ended >= TERMINATIONS and slowest < WITHIN,
          f"after {ended} connections were ended, service is back within a second ({slowest:.2f} s at most)")
    for client in clients:
        client.ends = True
    for client in clients:
        client.join()
    wrong = [one for client in clients for one in client.wrong]
    check(not wrong, "no answer but 200, 201 and 503 with Retry-After", wrong[:5])
    answers = {status: sum(client.answers[status] for client in clients) for status in (200, 201, 503)}
    check(answers[200] > 100 and answers[201] > 100, f"clients were served meanwhile ({answers})")
    accepted = set().union(*(client.accepted for client in clients))
    lost = accepted - people(base, token)
    check(not lost, f"everything that was accepted is there ({len(accepted)} people)", sorted(lost)[:3])
    stop(service)
    # An idle service notices only with the next request, which is answered all the same.
    service = start(program, "serve")
    for _ in range(3):
        check(ask("GET", f"/api/v1{base}/people?limit=1", token)[0] == 200, "an idle service answers")
        control("restart", "--mode", "fast")
    check(ask("GET", f"/api/v1{base}/people?limit=1", token)[0] == 200, "… and after a restart of the server at once")
    control("stop", "--mode", "fast")
    status, headers, answer = ask("GET", f"/api/v1{base}/people", token)
    check((status, answer["type"]) == (503, "urn:reihum:problem:unreachable") and "retry-after" in headers,
          "without a server: 503 unreachable")
    time.sleep(1.1)
    check(ask("GET", "/readyz")[0] == 503, "/readyz says so")
    stop(service)
    # For whoever comes next.
    control("restart")


def check_alive() -> None:
    if ask("GET", "/healthz")[0] != 200:
        sys.exit("not ok the process is alive meanwhile")


def sqlite(program: str) -> None:
    # A small disk of its own, which only the service sees.
    disk = WORK / "disk"
    disk.mkdir()
    database = disk / "reihum.db"
    # With what stands in the write-ahead log.
    kept = WORK / "kept"
    kept.mkdir()
    for file in pathlib.Path(os.environ["REIHUM_DATABASE_URL"]).parent.glob("reihum.db*"):
        shutil.copy(file, kept)
    script = ('mount -t tmpfs -o size=12m tmpfs "$1" && cp "$2"/* "$1" && head -c 6M /dev/zero >"$1/ballast" &&'
              ' exec "$3" serve')
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n", "--preserve-env"]
    os.environ["REIHUM_DATABASE_URL"] = str(database)
    service = start(*sudo, "unshare", "--mount", "bash", "-c", script, "-", str(disk), str(kept), program)
    base, token = cooperation()
    accepted, status = set(), 201
    for number in range(5000):
        person = {"given_name": "Toni", "family_name": "B" * 80, "function": "F" * 80, "role": "reader",
                  "address": f"toni{number}@herford.example", "from": "2026-01-01"}
        status, headers, answer = ask("POST", f"/api/v1{base}/people", token, person)
        if status != 201:
            break
        accepted.add(person["address"])
    check((status, answer["type"]) == (503, "urn:reihum:problem:no-space") and "retry-after" in headers,
          f"a full disk is 503 no-space with Retry-After ({len(accepted)} people before)", (status, answer))
    check(ask("GET", f"/api/v1{base}/people?limit=1", token)[0] == 200, "what is there can be read")
    check(ask("GET", "/readyz")[0] == 503, "/readyz says that nothing can be written")
    check_alive()
    inside = service.pid if not sudo else int(subprocess.check_output(["pgrep", "-P", str(service.pid)]).split()[-1])
    subprocess.run([*sudo, "nsenter", "--target", str(inside), "--mount", "rm", str(disk / "ballast")], check=True)
    person["address"] = "nach@herford.example"
    status, _, answer = ask("POST", f"/api/v1{base}/people", token, person)
    check(status == 201, "with room again, it is accepted", (status, answer))
    check(ask("GET", "/readyz")[0] == 200, "/readyz says that it works again")
    lost = accepted - people(base, token)
    check(not lost, f"everything that was accepted is there ({len(accepted)} people)")
    stop(service)
    # A file system that can be read only.
    locked = WORK / "locked"
    shutil.copytree(kept, locked)
    os.environ["REIHUM_DATABASE_URL"] = str(locked / "reihum.db")
    script = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && exec "$2" check-config'
    output = subprocess.run([*sudo, "unshare", "--mount", "bash", "-c", script, "-", str(locked), program],
                            stdin=subprocess.DEVNULL, capture_output=True, text=True)
    check(output.returncode != 0 and "database_url" in output.stderr,
          "check-config names a database that cannot be written", output.stderr)


{"postgres": postgres, "sqlite": sqlite}[sys.argv[1]](sys.argv[2])
