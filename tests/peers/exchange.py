"""What Exchange and Outlook can read of an invitation or a cancellation of one event, after Microsoft's MS-OXCICAL and
MS-STANOICAL. There is no Outlook to ask; these rules are what can be checked without one.

What RFC 5545 and the other judges hold anyway (long lines, recurrence, missing zones) is held in judge.py.
"""

import datetime
import re
import zoneinfo

import icalendar

# Properties that Exchange takes once (MS-OXCICAL 2.1.3.1.1.20, "Number of Instances Allowed: 0, 1").
ONCE = {
    "CLASS", "CREATED", "DESCRIPTION", "DTEND", "DTSTAMP", "DTSTART", "LAST-MODIFIED", "LOCATION", "ORGANIZER",
    "PRIORITY", "SEQUENCE", "STATUS", "SUMMARY", "TRANSP", "UID", "X-ALT-DESC", "X-MICROSOFT-CDO-BUSYSTATUS",
    "X-MICROSOFT-CDO-INTENDEDSTATUS", "X-MICROSOFT-DISALLOW-COUNTER",
}
BUSY = {"FREE", "TENTATIVE", "BUSY", "OOF", "WORKINGELSEWHERE"}
# The values that Exchange knows, where it is safer to use no others.
VALUES = {
    "STATUS": {"CONFIRMED", "TENTATIVE", "CANCELLED"},
    "TRANSP": {"OPAQUE", "TRANSPARENT"},
    "X-MICROSOFT-CDO-BUSYSTATUS": BUSY,
    "X-MICROSOFT-CDO-INTENDEDSTATUS": BUSY,
    "X-MICROSOFT-DISALLOW-COUNTER": {"TRUE", "FALSE"},
}
# Time begins in 1601 there, and the fields are 16 bits wide.
EARLIEST, LATEST = datetime.date(1601, 1, 1), datetime.date(4500, 1, 1)


def lint(calendar: icalendar.Calendar, data: bytes) -> list[str]:
    """All that Exchange could not read, or would read in another way, as `Exchange: …`."""
    found = lint_frame(calendar, data)
    for zone in calendar.walk("VTIMEZONE"):
        found += lint_zone(zone)
    for event in calendar.walk("VEVENT"):
        found += lint_event(event, str(calendar.get("METHOD", "")))
    return [f"Exchange: {one}" for one in found]


def unfolded(data: bytes) -> list[str]:
    return data.replace(b"\r\n ", b"").decode(errors="replace").split("\r\n")


def lint_frame(calendar: icalendar.Calendar, data: bytes) -> list[str]:
    """2.1.3.1.1: one event, what the calendar says of itself before it, and the zones before the event."""
    found = []
    if calendar.get("METHOD") not in ("REQUEST", "CANCEL"):
        found.append(f"METHOD {calendar.get('METHOD')} is none that it opens from a mail")
    lines = unfolded(data)
    first = next((number for number, line in enumerate(lines[1:], 1) if line.startswith("BEGIN:")), 0)
    head = [re.split("[:;]", line)[0] for line in lines[1:first]]
    if sorted(head) != ["CALSCALE", "METHOD", "PRODID", "VERSION"]:
        found.append(f"before the first component stands {head}")
    if calendar.get("CALSCALE") != "GREGORIAN" or calendar.get("VERSION") != "2.0":
        found.append(f"CALSCALE {calendar.get('CALSCALE')}, VERSION {calendar.get('VERSION')}")
    offsets = [line for line in lines if line.startswith("TZOFFSET")]
    found += [f"{one} is not of the form +0100" for one in offsets if not re.fullmatch(r"TZOFFSET\w+:[+-]\d{4}", one)]
    kinds = [part.name for part in calendar.subcomponents]
    if kinds not in (["VTIMEZONE", "VEVENT"], ["VEVENT"]):
        found.append(f"holds {kinds}")
    return found


def lint_zone(zone: icalendar.Timezone) -> list[str]:
    """2.1.3.1.1.19: a zone under its IANA name, with rules that fit in a TimeZoneStruct."""
    found = []
    tzid = str(zone.get("TZID", ""))
    if "/" not in tzid or tzid not in zoneinfo.available_timezones():
        found.append(f"TZID {tzid!r} is no IANA name")
    for part in zone.subcomponents:
        name = f"{tzid} {part.name}"
        for needed in ("DTSTART", "TZOFFSETFROM", "TZOFFSETTO"):
            if needed not in part or isinstance(part[needed], list):
                found.append(f"{name} has not one {needed}")
        for unwanted in ("RDATE", "EXDATE"):
            if unwanted in part:
                found.append(f"{name} has {unwanted}")
        if not re.search(r"^DTSTART:\d{8}T\d{6}\r$", part.to_ical().decode(), re.MULTILINE):
            found.append(f"{name} begins at no local time")
        if "RRULE" in part:
            found += [f"{name}: {one}" for one in lint_zone_rule(part["RRULE"], part.decoded("DTSTART"))]
    return found


def lint_zone_rule(rule: icalendar.vRecur | list, start: datetime.datetime) -> list[str]:
    """2.1.3.1.1.19.2.2: yearly, on one numbered weekday of a month."""
    if isinstance(rule, list):
        return ["several rules"]
    if rule.get("FREQ") != ["YEARLY"] or rule.get("INTERVAL", [1]) != [1]:
        return [f"is no yearly rule: {rule.to_ical().decode()}"]
    if unknown := set(rule) - {"FREQ", "INTERVAL", "BYMONTH", "BYDAY", "WKST"}:
        return [f"has a rule with {sorted(unknown)}"]
    days, months = rule.get("BYDAY", []), rule.get("BYMONTH", [])
    if len(days) != 1 or not re.fullmatch(r"(-1|[1-4])(MO|TU|WE|TH|FR|SA|SU)", str(days[0])):
        return [f"BYDAY {days} is not one numbered weekday"]
    if len(months) != 1 or int(months[0]) != start.month:
        return [f"BYMONTH {months} is not the month of DTSTART"]
    return []


def lint_event(event: icalendar.Event, method: str) -> list[str]:
    """2.1.3.1.1.20, and what a meeting needs to be one."""
    found = [f"{name} {event.get(name)} is unknown" for name, values in VALUES.items()
             if name in event and not isinstance(event[name], list) and event[name] not in values]
    found += [f"{name} stands {len(event[name])} times" for name in sorted(ONCE)
              if isinstance(event.get(name), list)]
    if found:
        return found
    start, end = event.get("DTSTART"), event.get("DTEND")
    if start is None or end is None:
        return ["lacks DTSTART or DTEND"]
    if start.params.get("TZID") != end.params.get("TZID") or start.params.get("TZID") is None:
        found.append(f"runs from {start.to_ical()} {start.params} to {end.to_ical()} {end.params}: not in one zone")
    elif not start.dt < end.dt or not EARLIEST < start.dt.date() < LATEST:
        found.append(f"runs from {start.dt} to {end.dt}")
    for name in ("SUMMARY", "LOCATION"):
        text = str(event.get(name, ""))
        if len(text) > 255 or "\n" in text:
            found.append(f"{name} is longer than a line of 255 characters")
    if method == "REQUEST" and event.get("TRANSP") != "OPAQUE":
        found.append("TRANSP is not OPAQUE")
    if method == "REQUEST" and event.get("X-MICROSOFT-CDO-BUSYSTATUS") != "TENTATIVE":
        found.append("the time is not shown as tentative before an answer")
    if not 0 <= int(event.get("SEQUENCE", 0)) < 2**31:
        found.append(f"SEQUENCE {event['SEQUENCE']}")
    return found + lint_people(event, method)


def lint_people(event: icalendar.Event, method: str) -> list[str]:
    """2.1.3.1.1.20.2 and .16: everyone has a mail address, the organizer is named and is nobody's guest."""
    organizer, attendees = event.get("ORGANIZER"), event.get("ATTENDEE", [])
    attendees = attendees if isinstance(attendees, list) else [attendees]
    if organizer is None or not attendees:
        return ["lacks ORGANIZER or ATTENDEE"]
    found = []
    for party in [organizer, *attendees]:
        if not re.fullmatch(r"mailto:[^@\s]+@[^@\s]+", str(party)):
            found.append(f"{party} is no mailto: with one address")
        if not party.params.get("CN"):
            found.append(f"{party} has no CN")
    addresses = [str(one).lower() for one in attendees]
    if len(addresses) != len(set(addresses)):
        found.append(f"somebody is invited twice: {addresses}")
    if str(organizer).lower() in addresses:
        found.append(f"the organizer {organizer} is among those invited")
    for one in attendees:
        role, partstat = one.params.get("ROLE"), one.params.get("PARTSTAT")
        if role not in ("CHAIR", "REQ-PARTICIPANT", "OPT-PARTICIPANT") or one.params.get("CUTYPE") != "INDIVIDUAL":
            found.append(f"{one} is {one.params.get('CUTYPE')} with ROLE {role}")
        if partstat not in ("NEEDS-ACTION", "ACCEPTED", "TENTATIVE", "DECLINED", "DELEGATED"):
            found.append(f"{one} has PARTSTAT {partstat}")
        if method == "REQUEST" and one.params.get("RSVP") not in ("TRUE", "FALSE"):
            found.append(f"{one} has RSVP {one.params.get('RSVP')}")
    return found
