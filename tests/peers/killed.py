"""Kills the service (kill -9) again and again while it sends, and lets it finish: no mail may be lost, and one that
comes twice must be the same to the byte.

    killed.py PROGRAM FAKETIME [--kills N] [--messages N]

Twice, so many times: with a mail server that is slow, and with one that also turns messages away and hangs up. Wants
BASE, OPERATOR and WORK as `run` sets them. What a killed service had taken on waits for five minutes, so each life
begins some later by its clock (libfaketime).
"""

import argparse
import json
import os
import random
import subprocess
import time
import urllib.request

from service import BASE, WORK, begin, check, start, stop
from sink import Habits, Sink

CONNECTIONS = 4
PEOPLE = 100
# In so many seconds what the mail server has said is written down.
WRITTEN_DOWN = 0.25


def call(method: str, path: str, token: str, body=None):
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{BASE}/api/v1{path}", data, headers, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


class Service:
    """The service by a clock that can be put forward."""

    def __init__(self, program: str, faketime: str, smtp_port: int) -> None:
        self.program, self.clock, self.ahead = program, WORK / "clock", 0
        self.environment = os.environ | {
            "LD_PRELOAD": faketime,
            "FAKETIME_TIMESTAMP_FILE": str(self.clock),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "REIHUM_SMTP_HOST": "127.0.0.1",
            "REIHUM_SMTP_PORT": str(smtp_port),
            "REIHUM_SMTP_TLS": "none",
            "REIHUM_MAIL_CONNECTIONS": str(CONNECTIONS),
        }
        self.put_forward(0)

    def put_forward(self, seconds: int) -> None:
        self.ahead += seconds
        self.clock.write_text(f"+{self.ahead}\n")

    def begin(self) -> subprocess.Popen:
        return begin(self.program, "serve", environment=self.environment)

    def begin_and_wait(self) -> subprocess.Popen:
        return start(self.program, "serve", environment=self.environment)


def prepare(meetings: int) -> tuple[str, list[str]]:
    """A cooperation of so many people and meetings; its coordinator's token, and the meetings."""
    operator = os.environ["OPERATOR"]
    coop = call("POST", "/cooperations", operator, {"name": "Viele", "slug": "viele"})["slug"]
    path = f"/cooperations/{coop}"
    token = call("POST", f"{path}/tokens", operator, {"role": "coordinator", "label": "killed"})["token"]
    town = call("POST", f"{path}/municipalities", token, {"name": "Herford", "joined_on": "2020-01-01"})["id"]
    venue = {"name": "Rathaus", "street": "Rathausplatz 1", "postal_code": "32052", "locality": "Herford"}
    call("POST", f"{path}/municipalities/{town}/venues", token, venue)
    for number in range(PEOPLE):
        address = f"person{number}@herford.example"
        person = {"given_name": "Robin", "family_name": f"Muster {number}", "address": address, "role": "delegate"}
        call("POST", f"{path}/people", token, person | {"municipality_id": town, "from": "2020-01-01"})
    start = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 60 * 86400))
    series = {"title": "Treffen", "rule": "FREQ=WEEKLY", "starts_on": start, "start_time": "10:00"}
    series = call("POST", f"{path}/series", token, series | {"duration_minutes": 60})["id"]
    rows = call("GET", f"/series/{series}/meetings?limit={meetings}", token)["items"]
    return token, [row["id"] for row in rows]


def messages(meetings: list[str], token: str) -> dict[str, str]:
    """The state of all messages, by Message-ID."""
    people = (one for id in meetings for one in call("GET", f"/meetings/{id}/invitations", token)["items"])
    return {f"<{one['message_id']}>": one["state"] for person in people for one in person["messages"]}


def queue(service: Service, meetings: list[str], token: str) -> set[str]:
    """Invites while the mail server cannot be reached; the Message-IDs of what waits then."""
    reachable = service.environment["REIHUM_SMTP_PORT"]
    service.environment["REIHUM_SMTP_PORT"] = "1"
    process = service.begin_and_wait()
    for meeting in meetings:
        call("POST", f"/meetings/{meeting}/invite", token, {})
    queued = messages(meetings, token)
    stop(process)
    service.environment["REIHUM_SMTP_PORT"] = reachable
    check(set(queued.values()) == {"queued"}, f"{len(queued)} messages wait")
    return set(queued)


def kill(service: Service, sink: Sink, kills: int) -> tuple[int, int]:
    """Kills it so many times; how many lives sent something, and how many messages the mail server had said to have
    so shortly before a kill that it may not be known."""
    lives = fresh = 0
    for number in range(kills):
        service.put_forward(360)
        before = len(sink.taken)
        process = service.begin()
        # Some do not live to see that they are ready; the others shall have begun to send, however slow the machine.
        until = time.monotonic() + (0 if number % 5 == 4 else 5)
        while len(sink.taken) == before and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(random.uniform(0.05, 0.5))
        killed_at = time.monotonic()
        process.kill()
        process.wait()
        lives += len(sink.taken) > before
        fresh += sum(moment > killed_at - WRITTEN_DOWN for moment in sink.said)
    return lives, fresh


def drain(service: Service, meetings: list[str], token: str) -> None:
    """Lets it send what is left, be it for a later attempt."""
    process = service.begin_and_wait()
    until = time.monotonic() + 60
    while set(messages(meetings, token).values()) != {"sent"} and time.monotonic() < until:
        service.put_forward(1800)
        time.sleep(1.2)
    left = [state for state in messages(meetings, token).values() if state != "sent"]
    check(not left, f"everything is sent in the end: {left}")
    stop(process)


def judge(sink: Sink, queued: set[str], kills: int, fresh: int) -> None:
    copies: dict[str, list[bytes]] = {}
    for message_id, message in sink.taken:
        copies.setdefault(message_id, []).append(message)
    lost, twice = queued - set(copies), len(sink.taken) - len(copies)
    print(f"--- {kills} kills, {len(queued)} queued, {len(sink.taken)} taken, {len(lost)} lost, {twice} duplicates,")
    print(f"--- {fresh} said to be taken just before a kill, {sink.turned_away} turned away,")
    print(f"--- {sink.dropped} taken without a word", flush=True)
    check(not lost, "no message is lost")
    check(set(copies) <= queued, "nothing is sent that was not queued")
    most = kills * CONNECTIONS + fresh + sink.dropped
    check(twice <= most, f"{twice} duplicates are no more than were under way, {most}")
    check(all(len(set(same)) == 1 for same in copies.values()), "a duplicate is the same to the byte")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("faketime")
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--messages", type=int, default=100)
    arguments = parser.parse_args()
    kills, size = arguments.kills, arguments.messages // PEOPLE

    first = Sink()
    first.start()
    service = Service(arguments.program, arguments.faketime, first.port)
    process = service.begin_and_wait()
    token, meetings = prepare(2 * size)
    stop(process)
    slow = Habits(delay=0.3)
    for habits, own in [(slow, meetings[:size]), (Habits(slow.delay, tempfail=20, drop=5), meetings[size:])]:
        sink = Sink()
        sink.habits = habits
        sink.start()
        service.environment["REIHUM_SMTP_PORT"] = str(sink.port)
        queued = queue(service, own, token)
        lives, fresh = kill(service, sink, kills)
        # Else nothing was tried here.
        check(lives >= kills // 3, f"{lives} of {kills} lives sent something before they were killed")
        sink.habits = Habits()
        drain(service, own, token)
        judge(sink, queued, kills, fresh)


main()
