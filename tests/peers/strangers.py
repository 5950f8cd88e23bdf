"""Speaks to the service as nobody should: slow bodies on many connections, no HTTP at all, tokens that are made up. Others
must be served meanwhile, nothing of it is an error of the service, and a stop must not wait for it.

    strangers.py PROGRAM

Wants BASE, OPERATOR and WORK as `run` sets them.
"""

import os
import resource
import socket
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

from service import BASE, LOG, check, start

OPERATOR = os.environ["OPERATOR"]
ADDRESS = urllib.parse.urlsplit(BASE)
SLOW = 1500


def connect() -> socket.socket:
    return socket.create_connection((ADDRESS.hostname, ADDRESS.port), timeout=30)


def begun(path: str, kind: str, token: str = "") -> socket.socket:
    """A request whose body does not come."""
    link = connect()
    head = f"POST {path} HTTP/1.1\r\nHost: {ADDRESS.netloc}\r\nContent-Type: {kind}\r\nContent-Length: 1000\r\n"
    link.sendall((head + (f"Authorization: Bearer {token}\r\n" if token else "") + "\r\n{").encode())
    return link


def status(link: socket.socket) -> tuple[int, float]:
    """The status of the answer, and how long it took. 0 if the connection was closed without one."""
    start, got = time.monotonic(), b""
    while b"\r\n" not in got:
        part = link.recv(4096)
        if not part:
            break
        got += part
    return int(got.split()[1]) if got else 0, time.monotonic() - start


def get(path: str, token: str | None = None) -> int:
    request = urllib.request.Request(f"{BASE}{path}", headers={"Authorization": f"Bearer {token}"} if token else {})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def main(program: str) -> None:
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 8192), most))
    service = start(program, "serve")

    form = "application/x-www-form-urlencoded"
    answer, seconds = status(begun("/answers/unknown", form))
    check((answer, seconds < 2) == (404, True), f"an unknown link is refused before its body ({answer}, {seconds:.1f} s)")
    answer, seconds = status(begun("/api/v1/cooperations", "application/json", "rhm_unknown"))
    check((answer, seconds < 2) == (401, True), f"so is an unknown token ({answer}, {seconds:.1f} s)")
    answer, seconds = status(begun("/api/v1/cooperations", "application/json", OPERATOR))
    check(answer in (0, 400) and 5 < seconds < 15, f"a body must arrive in time ({answer}, {seconds:.1f} s)")

    slow = [begun("/api/v1/cooperations", "application/json", OPERATOR) for _ in range(SLOW)]
    since = time.monotonic()
    check(get("/healthz") == 200 and get("/api/v1/cooperations", OPERATOR) in (200, 403, 404, 405)
          and time.monotonic() - since < 2, f"others are served while {SLOW} bodies are waited for")
    for link in slow:
        link.sendall(b" ")
    answers = {status(link)[0] for link in slow}
    check(answers <= {0, 400}, f"… which end by themselves ({answers})")

    for garbage in [b"\x16\x03\x01\x02\x00\x01\x00", b"GET / HTTP/9.9\r\n\r\n", b"HELO example\r\n\r\n", b"\0" * 5000,
                    b"GET /" + b"a" * 70_000, b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n"]:
        link = connect()
        link.sendall(garbage)
        link.shutdown(socket.SHUT_WR)
        link.close()
    answers = [get("/api/v1/meetings/no-id", f"rhm_{number}") for number in range(130)]
    check(answers[0] == 401 and set(answers) == {401, 429}, "an unknown token is 401 whatever it asks for, and counted")
    check(get("/api/v1/cooperations/nowhere/people", OPERATOR) in (404, 429), "the service goes on")

    # Some of each kind while it is told to stop.
    slow = [begun("/api/v1/cooperations", "application/json", OPERATOR) for _ in range(100)] + [connect()]
    since = time.monotonic()
    service.terminate()
    ended = service.wait(60)
    check(ended == 0 and time.monotonic() - since < 10, f"it stops within 10 s ({time.monotonic() - since:.1f} s)")
    wrong = [line for line in LOG.read_text().splitlines() if "ERROR" in line]
    check(not wrong, "nothing of this is an error of the service" + "".join(wrong[:3]))


main(sys.argv[1])
