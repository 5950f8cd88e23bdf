"""Looks into the mail server's folder, for the story.

    mails.py count FILTER…         how many messages match
    mails.py wait N FILTER…        waits until N match (at most 60 s); fails if they do not, or if there are more
    mails.py show PART FILTER…     prints a part of the newest that matches: subject, text, html, calendar or a header

Filters: to=ADDRESS, method=REQUEST|CANCEL, uid=…, sequence=N. The folder is named by MAILS.
"""

import email
import email.policy
import os
import pathlib
import sys
import time

import icalendar


def calendar_of(message) -> str:
    for part in message.walk():
        if part.get_content_type() == "text/calendar":
            return part.get_content()
    return ""


def matches(message, filters: dict[str, str]) -> bool:
    known = {"to": str(message["Delivered-To"])}
    if text := calendar_of(message):
        calendar = icalendar.Calendar.from_ical(text)
        event = calendar.walk("VEVENT")[0]
        known |= {
            "method": str(calendar["METHOD"]),
            "uid": str(event["UID"]),
            "sequence": str(event["SEQUENCE"]),
        }
    return all(known.get(name) == value for name, value in filters.items())


def found(filters: dict[str, str]) -> list:
    files = sorted(pathlib.Path(os.environ["MAILS"], "new").iterdir(), key=lambda file: file.stat().st_mtime_ns)
    messages = (email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files)
    return [message for message in messages if matches(message, filters)]


def wait(wanted: int, filters: dict[str, str]) -> None:
    until = time.monotonic() + 60
    while len(there := found(filters)) < wanted and time.monotonic() < until:
        time.sleep(0.3)
    # One too many would come now.
    time.sleep(3 if wanted == 0 else 1)
    if len(there := found(filters)) != wanted:
        sys.exit(f"{len(there)} mails instead of {wanted} for {filters}: {[str(one['Subject']) for one in there]}")


def show(part: str, filters: dict[str, str]) -> None:
    there = found(filters)
    if not there:
        sys.exit(f"no mail for {filters}")
    message = there[-1]
    match part:
        case "text" | "html":
            print(message.get_body((part.replace("text", "plain"),)).get_content())
        case "calendar":
            print(calendar_of(message))
        case header:
            print(message[header])


def main(arguments: list[str]) -> None:
    words = [one for one in arguments if "=" not in one]
    filters = dict(one.split("=", 1) for one in arguments if "=" in one)
    match words:
        case ["count"]:
            print(len(found(filters)))
        case ["wait", wanted]:
            wait(int(wanted), filters)
        case ["show", part]:
            show(part, filters)
        case _:
            sys.exit(__doc__)


main(sys.argv[1:])
