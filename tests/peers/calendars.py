"""Imports made-up calendars as blackouts and compares the days with those that recurring-ical-events finds in them.

    calendars.py          a running service at BASE, with the token of an operator in OPERATOR

Prints one line if all agree; fails with every calendar of which the days differ.
"""

import datetime
import json
import os
import random
import sys
import urllib.request
import zoneinfo

import dateutil.rrule
import icalendar
import recurring_ical_events

SEED, CALENDARS = 20270209, 100
BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
UTC, DAY = datetime.timezone.utc, datetime.timedelta(days=1)
WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]


def ask(method: str, path: str, token: str, body: bytes = b"{}", kind: str = "application/json") -> dict:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": kind}
    url = f"{os.environ['BASE']}/api/v1{path}"
    request = urllib.request.Request(url, data=None if method == "GET" else body, headers=headers, method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def rule(chance: random.Random, start: datetime.datetime) -> str:
    """A recurrence rule whose first date is not before a day."""
    parts = [f"FREQ={(freq := chance.choice(['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY']))}"]
    parts.append(f"INTERVAL={chance.choice([1, 1, 2, 3, 5] if freq != 'DAILY' else [1, 9, 30, 61])}")
    some = lambda values, most: ",".join(map(str, sorted(chance.sample(values, chance.randint(1, most)))))  # noqa: E731
    if freq == "WEEKLY" and chance.random() < 0.7:
        parts.append(f"BYDAY={some(WEEKDAYS, 3)}")
        if chance.random() < 0.3:
            parts.append("WKST=SU")
    if freq in ("MONTHLY", "YEARLY"):
        if freq == "YEARLY" and chance.random() < 0.6:
            parts.append(f"BYMONTH={some(list(range(1, 13)), 3)}")
        match chance.randint(0, 4):
            case 0:
                parts.append(f"BYDAY={chance.choice([1, 2, 3, 4, 5, -1, -2])}{chance.choice(WEEKDAYS)}")
            case 1:
                parts.append(f"BYMONTHDAY={some([1, 5, 12, 29, 30, 31, -1, -7], 3)}")
            case 2:
                parts.append(f"BYDAY={some(WEEKDAYS, 4)};BYSETPOS={some([1, 2, -1], 2)}")
            case 3:
                parts.append(f"BYMONTHDAY=1,2,3,4,5,6,7;BYDAY={chance.choice(WEEKDAYS)}")
    if chance.random() < 0.5:
        parts.append(f"COUNT={chance.randint(2, 40)}")
    elif chance.random() < 0.5:
        end = start + DAY * chance.randint(30, 1200)
        parts.append(f"UNTIL={end.astimezone(UTC):%Y%m%dT%H%M%SZ}")
    return ";".join(parts)


def calendar(chance: random.Random, today: datetime.date) -> str:
    """A calendar of one recurring event that takes some hours."""
    while True:
        early = datetime.datetime.combine(today + DAY * chance.randint(-700, 400), datetime.time(chance.randint(0, 23), 30))
        start = early.replace(tzinfo=BERLIN)
        text = rule(chance, start)
        try:
            first = next(iter(dateutil.rrule.rrulestr(text, dtstart=start)), None)
        except ValueError:
            continue
        # What begins beside its own rule means something else to everybody.
        if first:
            break
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//peers//EN", "BEGIN:VEVENT", f"UID:{chance.random()}@peers.example",
        "DTSTAMP:20260101T000000Z", f"DTSTART;TZID=Europe/Berlin:{first:%Y%m%dT%H%M%S}",
        f"DURATION:PT{chance.choice([1, 3, 8, 30, 60])}H", f"RRULE:{text}", "SUMMARY:Rat", "END:VEVENT", "END:VCALENDAR",
    ]
    return "\r\n".join(lines) + "\r\n"


def expected(text: str, first: datetime.date, last: datetime.date) -> set[datetime.date]:
    found = set()
    all = icalendar.Calendar.from_ical(text)
    length = all.events[0]["DURATION"].dt - datetime.timedelta(seconds=1)
    # From earlier on, for what lasts into the first day.
    for event in recurring_ical_events.of(all).between(first - 10 * DAY, last + DAY):
        starts = event["DTSTART"].dt.astimezone(UTC)
        # Hours are exact (RFC 5545 section 3.3.6), also where the clocks change in between.
        day, until = (moment.astimezone(BERLIN).date() for moment in (starts, starts + length))
        found |= {day + DAY * number for number in range((until - day).days + 1)}
    return {day for day in found if first <= day <= last}


def imported(text: str, place: str, token: str, first: datetime.date, last: datetime.date) -> set[datetime.date]:
    made = ask("POST", f"{place}/blackouts/import", token, text.encode(), "text/calendar")
    found = set()
    for row in made["created"]:
        day, until = (datetime.date.fromisoformat(row[name]) for name in ("starts_on", "ends_on"))
        found |= {day + DAY * number for number in range((until - day).days + 1)}
    return {day for day in found if first <= day <= last}


def main() -> bool:
    chance, operator = random.Random(SEED), os.environ["OPERATOR"]
    ask("POST", "/cooperations", operator, b'{"name": "Kalender", "slug": "kalender"}')
    token = ask("POST", "/cooperations/kalender/tokens", operator, b'{"role": "coordinator", "label": "peers"}')["token"]
    today = datetime.datetime.now(BERLIN).date()
    last = today + DAY * 1400
    right, days = True, 0
    for number in range(CALENDARS):
        text = calendar(chance, today)
        city = json.dumps({"name": f"Stadt {number}", "joined_on": "2020-01-01"}).encode()
        place = "/cooperations/kalender/municipalities"
        place += "/" + ask("POST", place, token, city)["id"]
        mine, theirs = imported(text, place, token, today, last), expected(text, today, last)
        days += len(theirs)
        if mine != theirs:
            right = False
            print(f"not ok {text}\n    here only: {sorted(mine - theirs)[:5]}, there only: {sorted(theirs - mine)[:5]}", file=sys.stderr)
    if right:
        print(f"ok {CALENDARS} calendars have the days that recurring-ical-events finds in them, {days} in all")
    return right


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
