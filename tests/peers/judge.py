"""Lets programs that are not ours judge what the service has sent.

    judge.py mails MAILDIR            every message as the mail server has filed it
    judge.py mails FOLDER             every message as the service has written it into a folder
    judge.py replies FOLDER           every reply of another program: its calendar, and what we need of it
    judge.py feed FILE MEETINGS.json  a feed, against the meetings that the API lists
    judge.py personal FILE MEETINGS.json
                                      the feed of one person, who is invited to all of them and is reminded of them
    judge.py object FILE              one downloaded calendar object
    judge.py invitation FILE…         calendar objects of mails

The judges are Python's email package, dkimpy, libical (the program named by ICALCHECK), ical.js (by icaljs.cjs),
icalendar and recurring-ical-events; a few rules of RFC 5545, 5546 and 6047 that none of them holds are held here, those of
Exchange in exchange.py. Prints a line for each message or file that all of them accept, and every finding about the
others; fails if there is one.
"""

import datetime
import email
import email.policy
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import dkim
import exchange
import icalendar
import recurring_ical_events

HERE = pathlib.Path(__file__).parent
UTC = datetime.timezone.utc


# libical 3 has the table of RFC 2446 for METHOD:DECLINECOUNTER; RFC 5546 section 3.2.8 has both properties in it.
OUTDATED = [
    f"libical: VEVENT: Failed iTIP restrictions for {name} property. Expected 0 instances of the property and got 1"
    for name in ("ATTENDEE", "SEQUENCE")
]

# Calendars


def judge_bytes(data: bytes) -> list[str]:
    """RFC 5545 section 3.1: lines of at most 75 octets, ended by CRLF, in UTF-8, without control characters."""
    found = []
    if not data.endswith(b"\r\n"):
        found.append("the last line is not ended by CRLF")
    lines = data.split(b"\r\n")[:-1]
    for number, line in enumerate(lines, 1):
        if len(line) > 75:
            found.append(f"line {number} has {len(line)} octets")
        if not line.strip():
            found.append(f"line {number} is empty")
        if re.search(rb"[\x00-\x08\x0a-\x1f\x7f]", line):
            found.append(f"line {number} holds a control character")
        try:
            line.decode()
        except UnicodeDecodeError:
            found.append(f"line {number} is not UTF-8 by itself")
    if data.startswith(b"\xef\xbb\xbf"):
        found.append("begins with a byte order mark")
    return found


def judge_zones(calendar: icalendar.Calendar) -> list[str]:
    """What Exchange can read of a VTIMEZONE: MS-OXCICAL 2.1.3.1.1.19, one STANDARD and at most one DAYLIGHT."""
    found = [f"no VTIMEZONE for {tzid}" for tzid in calendar.get_missing_tzids()]
    names = [str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")]
    if len(names) != len(set(names)):
        found.append(f"zones are described twice: {names}")
    for zone in calendar.walk("VTIMEZONE"):
        kinds = sorted(part.name for part in zone.subcomponents)
        if kinds not in (["STANDARD"], ["DAYLIGHT", "STANDARD"]):
            found.append(f"{zone['TZID']} has {kinds}")
        if len(kinds) == 2:
            found += [f"{part.name} has no yearly rule" for part in zone.subcomponents if "RRULE" not in part]
    return found


def seconds_before(alarm: icalendar.Alarm) -> int:
    """How long before the start an alarm goes off."""
    return -int(alarm.decoded("TRIGGER").total_seconds())


def judge_alarms(event: icalendar.Event) -> list[str]:
    """RFC 5545 section 3.6.6: words to show, at a time relative to the start and before it."""
    found = []
    for alarm in event.walk("VALARM"):
        if sorted(alarm.keys()) != ["ACTION", "DESCRIPTION", "TRIGGER"] or alarm["ACTION"] != "DISPLAY":
            found.append(f"{event['UID']} has a VALARM of {dict(alarm)}")
        elif not isinstance(alarm.decoded("TRIGGER"), datetime.timedelta) or seconds_before(alarm) <= 0:
            found.append(f"{event['UID']} has a VALARM at {alarm['TRIGGER'].to_ical()}")
    return found


def judge_events(calendar: icalendar.Calendar, seen_by_icaljs: list[dict], reminds: bool) -> list[str]:
    """The same events, instants and properties, whether read by icalendar (with the zones of the IANA database) or
    by ical.js (with the VTIMEZONE of the file): so the VTIMEZONE is right, and nothing was injected by a text."""
    found = []
    events = calendar.walk("VEVENT")
    # What declines another time names the meeting and says nothing of it (RFC 5546 section 3.2.8).
    is_bare = calendar.get("METHOD") == "DECLINECOUNTER"
    wanted = ("DTSTAMP", "SEQUENCE") if is_bare else ("DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "SEQUENCE", "STATUS")
    for event in events:
        uid = str(event.get("UID", ""))
        if not re.fullmatch(r"[!-~]{1,255}", uid):
            found.append(f"UID {uid!r}")
        for needed in wanted:
            if needed not in event:
                found.append(f"{uid} has no {needed}")
        if is_bare:
            found += [f"{uid} has {one}" for one in ("DTSTART", "DTEND", "SUMMARY", "STATUS") if one in event]
        for unwanted in ("RRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "DURATION"):
            if unwanted in event:
                found.append(f"{uid} has {unwanted}")
        if event.walk("VALARM") and not reminds:
            found.append(f"{uid} has a VALARM")
        found += judge_alarms(event)

    def instant(event: icalendar.Event, name: str) -> str | None:
        if name not in event:
            return None
        return event.decoded(name).astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    if found:
        return found
    here = [
        {
            "uid": str(event["UID"]),
            "starts": instant(event, "DTSTART"),
            "ends": instant(event, "DTEND"),
            "summary": str(event["SUMMARY"]) if "SUMMARY" in event else None,
            "properties": sorted(name.lower() for name, _ in event.property_items(recursive=False, sorted=False)
                                 if name not in ("BEGIN", "END")),
            "alarms": [seconds_before(alarm) for alarm in event.walk("VALARM")],
        }
        for event in events
    ]
    found += [f"icalendar reads {a}, ical.js reads {b}" for a, b in zip(here, seen_by_icaljs) if a != b]
    if len(here) != len(seen_by_icaljs):
        found.append(f"icalendar sees {len(here)} events, ical.js {len(seen_by_icaljs)}")
    return found


def judge_calendars(
    calendars: dict[str, bytes], reminds: bool = False, by_mail: bool = False
) -> dict[str, list[str]]:
    """All that is found about each calendar, by its name; `by_mail` if it is an invitation or cancellation of ours."""
    with tempfile.TemporaryDirectory() as folder:
        files = {}
        for number, (name, data) in enumerate(calendars.items()):
            file = pathlib.Path(folder, f"{number}.ics")
            file.write_bytes(data)
            files[str(file)] = name
        libical = subprocess.run([os.environ["ICALCHECK"], *files], capture_output=True, text=True, check=False)
        icaljs = json.loads(
            subprocess.run(["node", HERE / "icaljs.cjs", *files], capture_output=True, text=True, check=True).stdout
        )
    found = {name: [] for name in calendars}
    if libical.returncode not in (0, 1):
        sys.exit(f"icalcheck failed: {libical.stderr}")
    for line in libical.stdout.splitlines():
        file, finding = line.split(": ", 1)
        if not (b"\r\nMETHOD:DECLINECOUNTER\r\n" in calendars[files[file]] and finding in OUTDATED):
            found[files[file]].append(finding)
    if libical.returncode == 1 and not libical.stdout:
        sys.exit("icalcheck fails without a word")
    for file, name in files.items():
        data, by_icaljs = calendars[name], icaljs[file]
        found[name] += judge_bytes(data)
        try:
            calendar = icalendar.Calendar.from_ical(data)
        except ValueError as error:
            found[name].append(f"icalendar: {error}")
            continue
        if by_mail:
            found[name] += exchange.lint(calendar, data)
        found[name] += [f"icalendar: {part.name}: {error}" for part in calendar.walk() for error in part.errors]
        found[name] += judge_zones(calendar)
        if "error" in by_icaljs:
            found[name].append(f"ical.js: {by_icaljs['error']}")
        else:
            found[name] += judge_events(calendar, by_icaljs["events"], reminds)
    return found


# Mails


def the_parts(message) -> tuple[list, list[str]]:
    """The text/calendar part and the attachment, of the only structure that every client understands:
    mixed(alternative(plain, html, calendar), ics)."""
    kinds = [part.get_content_type() for part in message.walk()]
    alternatives = ["multipart/alternative", "text/plain", "text/html", "text/calendar"]
    wanted = ["multipart/mixed", *alternatives, "application/ics"]
    if kinds != wanted:
        return [], [f"is built as {kinds}"]
    return list(message.walk())[4:], []


def judge_signature(message, raw: bytes) -> list[str]:
    """Signed with the key whose record is DKIM_RECORD under the name DKIM_RECORD_NAME (RFC 6376), over the fields of which
    none may change; and not so once a word is changed."""
    signatures = message.get_all("DKIM-Signature", [])
    if "DKIM_RECORD" not in os.environ:
        return ["is signed though there is no key"] if signatures else []
    if len(signatures) != 1:
        return ["has not one DKIM-Signature"]

    def record(name: bytes, timeout: int = 5) -> bytes | None:
        is_it = name.decode().rstrip(".") == os.environ["DKIM_RECORD_NAME"]
        return os.environ["DKIM_RECORD"].encode() if is_it else None

    found = [] if dkim.verify(raw, dnsfunc=record) else ["dkimpy: the signature does not hold"]
    for change in (b"\nSubject: ", b"\nReply-To: ", b"\nReferences: ", b"charset=utf-8"):
        spoilt = raw.replace(change, change + b"x", 1)
        if spoilt != raw and dkim.verify(spoilt, dnsfunc=record):
            found.append(f"dkimpy: the signature holds though {change!r} was changed")
    names = re.sub(r"\s", "", re.search(r"h=([^;]*)", str(message["DKIM-Signature"]))[1]).split(":")
    for name in ("From", "To", "Subject", "Date", "Message-ID", "Reply-To", "MIME-Version", "Content-Type",
                 "In-Reply-To", "References"):
        if name in message and name.lower() not in names:
            found.append(f"{name} is not signed")
    return found


def judge_mail(message, raw: bytes) -> tuple[bytes | None, list[str]]:
    """The calendar in a message, and what is wrong with the message around it (RFC 5322, 6047)."""
    found = [f"email: {part.get_content_type()}: {defect!r}" for part in message.walk() for defect in part.defects]
    for name, value in message.items():
        found += [f"email: {name}: {defect!r}" for defect in value.defects]
    found += judge_signature(message, raw)
    for line in raw.split(b"\n"):
        if len(line.rstrip(b"\r")) > 998:
            found.append("a line is longer than 998 octets (RFC 5322 section 2.1.1)")
    for name in ("From", "To", "Date", "Message-ID", "Subject", "MIME-Version"):
        if len(message.get_all(name, [])) != 1:
            found.append(f"has not one {name}")
    if message["Auto-Submitted"] != "auto-generated":
        found.append("Auto-Submitted is not auto-generated (RFC 3834)")
    found += [f"has {name}" for name in message if name.lower().startswith("list-") or name.lower() == "precedence"]
    parts, wrong = the_parts(message)
    if wrong:
        return None, found + wrong
    inline, attached = parts
    if inline["Content-Disposition"] or inline["Content-ID"]:
        found.append("text/calendar has a Content-Disposition or Content-ID, which hides the buttons")
    if attached.get_content_disposition() != "attachment" or not (attached.get_filename() or "").endswith(".ics"):
        found.append("application/ics is no attachment with a name")
    data = inline.get_payload(decode=True)
    if data != attached.get_payload(decode=True):
        found.append("text/calendar and application/ics differ")
    if (inline.get_content_charset() or "").lower() != "utf-8":
        found.append("text/calendar does not say charset=utf-8")
    return data, found


def judge_invitation(message, data: bytes) -> list[str]:
    """What the mail and its calendar must agree on (RFC 5546, 6047)."""
    found = []
    try:
        calendar = icalendar.Calendar.from_ical(data)
        event, *others = calendar.walk("VEVENT")
    except ValueError:
        return ["has not one VEVENT that can be read"]
    if others:
        found.append(f"has {len(others) + 1} VEVENTs")
    method = str(calendar.get("METHOD", ""))
    parameter = list(message.walk())[4].get_param("method")
    if parameter != method or method not in ("REQUEST", "CANCEL", "DECLINECOUNTER"):
        found.append(f"METHOD is {method!r}, but the parameter method {parameter!r}")
    address = lambda party: str(party).removeprefix("mailto:")
    sender = message["From"].addresses[0].addr_spec
    if address(event.get("ORGANIZER")) != sender:
        found.append(f"ORGANIZER is {event.get('ORGANIZER')}, but From {sender}")
    to = [one.addr_spec for one in message["To"].addresses]
    attendees = event.get("ATTENDEE", [])
    attendees = attendees if isinstance(attendees, list) else [attendees]
    mine = [one for one in attendees if [address(one)] == to]
    if len(to) != 1 or len(mine) != 1:
        found.append(f"is for {to}, but ATTENDEE is {[str(one) for one in attendees]}")
    status = {"REQUEST": "CONFIRMED", "CANCEL": "CANCELLED"}.get(method)
    if event.get("STATUS") != status:
        found.append(f"STATUS is {event.get('STATUS')}")
    if method == "REQUEST" and mine and not {"PARTSTAT", "RSVP", "ROLE"} <= set(mine[0].params):
        found.append(f"ATTENDEE lacks PARTSTAT, RSVP or ROLE: {mine[0].params}")
    return found


def judge_histories(told: list[tuple[str, object, icalendar.Event]]) -> dict[str, list[str]]:
    """What one person is told about one meeting, in the order of arrival: SEQUENCE never falls, DTSTAMP always rises, the ORGANIZER
    stays, and what comes later refers to what came first."""
    found = {name: [] for name, _, _ in told}
    before = {}
    for name, message, event in told:
        key = (str(event["UID"]), str(message["To"]))
        if key in before:
            first, last = before[key]
            if message["Message-ID"] == first["Message-ID"]:
                continue  # delivered twice, which no client shows twice
            if event["SEQUENCE"] < last["SEQUENCE"]:
                found[name].append(f"SEQUENCE falls from {last['SEQUENCE']} to {event['SEQUENCE']}")
            if event.decoded("DTSTAMP") <= last.decoded("DTSTAMP"):
                found[name].append("DTSTAMP does not rise")
            if event["ORGANIZER"] != last["ORGANIZER"]:
                found[name].append("ORGANIZER changes")
            if str(first["Message-ID"]).strip() not in str(message.get("References", "")):
                found[name].append("does not refer to the first invitation")
        before[key] = (before.get(key, (message, None))[0], event)
    return found


def judge_mails(folder: pathlib.Path) -> dict[str, list[str]]:
    found, calendars, told = {}, {}, []
    if is_maildir := (folder / "new").is_dir():
        files = sorted(folder.glob("new/*"), key=lambda file: file.stat().st_mtime_ns)
    else:
        files = sorted(folder.glob("*.eml"))  # their names begin with their time
    for file in files:
        raw = file.read_bytes()
        message = email.message_from_bytes(raw, policy=email.policy.default)
        name = f"{file.name} to {message['To']}: {message['Subject']}"
        data, found[name] = judge_mail(message, raw)
        if is_maildir and message["Return-Path"] in (None, "<>"):
            found[name].append("has no envelope sender")
        if data is None:
            continue
        calendars[name] = data
        found[name] += judge_invitation(message, data)
        if not found[name]:
            told.append((name, message, icalendar.Calendar.from_ical(data).walk("VEVENT")[0]))
    if not calendars:
        sys.exit(f"no mail with a calendar in {folder}")
    for part in (judge_calendars(calendars, by_mail=True), judge_histories(told)):
        for name, findings in part.items():
            found[name] += findings
    return found


# Replies


def judge_replies(folder: pathlib.Path) -> dict[str, list[str]]:
    """What others send us: that our expectations of it, and our judges, are right (RFC 5546 section 3.2.3)."""
    found, calendars = {}, {}
    for file in sorted(folder.glob("*.eml")):
        message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        name = f"{file.name} from {message['From']}: {message['Subject']}"
        found[name] = [f"email: {defect!r}" for part in message.walk() for defect in part.defects]
        kinds = ("text/calendar", "application/ics")
        copies = [part.get_payload(decode=True).strip() + b"\r\n" for part in message.walk()
                  if part.get_content_type() in kinds]
        if not copies or len(set(copies)) != 1:
            found[name].append(f"holds {len(copies)} calendars, {len(set(copies))} of which differ")
            continue
        calendars[name] = copies[0]
        calendar = icalendar.Calendar.from_ical(copies[0])
        sender = message["From"].addresses[0].addr_spec
        answering = [str(one["ATTENDEE"]) for one in calendar.walk("VEVENT")]
        if calendar.get("METHOD") != "REPLY" or answering != [f"mailto:{sender}"]:
            found[name].append(f"is a {calendar.get('METHOD')} for {answering}")
    if not calendars:
        sys.exit(f"no reply in {folder}")
    for name, findings in judge_calendars(calendars).items():
        # Thunderbird folds its lines one octet late.
        found[name] += [one for one in findings if not re.fullmatch(r"line \d+ has 76 octets", one)]
    return found


# Feeds


def judge_feed(file: pathlib.Path, listed: pathlib.Path, reminds: bool = False) -> dict[str, list[str]]:
    """The feed holds exactly the meetings of the API, at the same instants, and says nothing of people. Whether it
    reminds is as it should be."""
    data = file.read_bytes()
    name = f"feed {file.name}"
    found = judge_calendars({name: data}, reminds)
    calendar = icalendar.Calendar.from_ical(data)
    if reminds:
        found[name] += [
            f"{event['UID']} does not remind a day and an hour before"
            for event in calendar.walk("VEVENT")
            if event["STATUS"] != "CANCELLED" and event["TRANSP"] == "OPAQUE"
            and [seconds_before(alarm) for alarm in event.walk("VALARM")] != [86400, 3600]
        ]
    for unwanted in ("METHOD", "ATTENDEE", "ORGANIZER"):
        if any(unwanted in part for part in calendar.walk()):
            found[name].append(f"has {unwanted}")
    for needed in ("REFRESH-INTERVAL", "X-PUBLISHED-TTL", "X-WR-CALNAME", "NAME"):
        if needed not in calendar:
            found[name].append(f"has no {needed}")

    def moment(text: str) -> datetime.datetime:
        return datetime.datetime.fromisoformat(text).astimezone(UTC)

    by_api = sorted(
        (one["id"], starts := moment(one["starts_at"]), starts + datetime.timedelta(minutes=one["duration_minutes"]),
         one["status"] == "cancelled")
        for one in json.loads(listed.read_text())["items"]
    )
    if not by_api:
        sys.exit("the API lists no meetings: nothing to compare the feed with")
    margin = datetime.timedelta(days=400)
    span = [min(one[1] for one in by_api) - margin, max(one[1] for one in by_api) + margin]
    by_feed = sorted(
        (str(event["UID"]).split("@")[0], event.start.astimezone(UTC), event.end.astimezone(UTC),
         event.get("STATUS") == "CANCELLED")
        for event in recurring_ical_events.of(calendar).between(*span)
    )
    found[name] += [f"only the API has {one}" for one in by_api if one not in by_feed]
    found[name] += [f"only the feed has {one}" for one in by_feed if one not in by_api]
    return found


def main(arguments: list[str]) -> int:
    match arguments:
        case ["mails", folder]:
            found = judge_mails(pathlib.Path(folder))
        case ["replies", folder]:
            found = judge_replies(pathlib.Path(folder))
        case ["feed", file, listed]:
            found = judge_feed(pathlib.Path(file), pathlib.Path(listed))
        case ["personal", file, listed]:
            found = judge_feed(pathlib.Path(file), pathlib.Path(listed), reminds=True)
        case ["object", file]:
            found = judge_calendars({file: pathlib.Path(file).read_bytes()})
        case ["invitation", *files] if files:
            found = judge_calendars({file: pathlib.Path(file).read_bytes() for file in files}, by_mail=True)
        case _:
            sys.exit(__doc__)
    for name, findings in found.items():
        print(f"ok {name}: nothing found" if not findings else f"not ok {name}")
        for finding in findings:
            print(f"    {finding}")
    return 1 if any(found.values()) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
