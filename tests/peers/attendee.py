"""Thunderbird as one of those who are invited: after every mail its calendar must say what our API says, and its own
replies must be counted.

    attendee.py      prints a line that begins with `ok` for each check that held; the first that does not ends it

Wants BASE (the service's address), OPERATOR (an operator's token), REIHUM (the program, with its settings in the
environment), REIHUM_MAIL_FOLDER (where it writes its mails) and WORK (a folder of its own; the replies are left in
WORK/replies, an invitation in WORK/invitation.ics).
"""

import datetime
import email
import email.policy
import os
import pathlib
import signal
import subprocess
import sys
import time

import icalendar
import requests
from thunderbird import Refused, Thunderbird

WORK = pathlib.Path(os.environ["WORK"])
UTC = datetime.timezone.utc
ADDRESS, GIVEN, FAMILY = "zoe@guetersloh.example", "Zoë", "von Zürgel"
CITIES = {
    "Gütersloh": ("05754008", "Berliner Straße 70", "33330"),
    "Bielefeld": ("05711000", "Niederwall 23", "33602"),
    "Herford": ("05758012", "Rathausplatz 1", "32052"),
    "Bad Salzuflen": ("05766008", "Rudolph-Brandes-Allee 19", "32105"),
    "Detmold": ("05766020", "Marktplatz 5", "32756"),
}


def ok(means: str) -> None:
    print(f"ok {means}", flush=True)


def fail(means: str, *details: object) -> None:
    print(f"not ok {means}", *(f"    {one}" for one in details), sep="\n", file=sys.stderr)
    sys.exit(1)


def chapter(name: str) -> None:
    print(f"--- {name}", flush=True)


def same(means: str, found: object, wanted: object) -> None:
    if found != wanted:
        fail(means, f"found:  {found}", f"wanted: {wanted}")
    ok(means)


class Api:
    """Asks as the holder of a token; an answer that is no success ends the story."""

    def __init__(self, token: str) -> None:
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {token}"

    def __call__(self, method: str, path: str, body: dict | None = None):
        answer = self.session.request(method, f"{os.environ['BASE']}/api/v1{path}", json=body, timeout=30)
        if not answer.ok:
            fail(f"{method} {path} succeeds", answer.status_code, answer.text)
        return answer.json() if answer.content else None


class Mailbox:
    """What reihum has sent to the attendee, told apart by what was seen already."""

    def __init__(self) -> None:
        self.folder = pathlib.Path(os.environ["REIHUM_MAIL_FOLDER"])
        self.seen: set[str] = set()

    def new(self) -> list[bytes]:
        """All that came since it was asked last."""
        found = []
        for file in sorted(self.folder.glob("*.eml"), key=lambda file: file.stat().st_mtime_ns):
            if file.name not in self.seen:
                self.seen.add(file.name)
                data = file.read_bytes()
                message = email.message_from_bytes(data, policy=email.policy.default)
                if [one.addr_spec for one in message["To"].addresses] == [ADDRESS]:
                    found.append(data)
        return found

    def next(self) -> bytes:
        """The one mail that comes now."""
        until = time.monotonic() + 30
        while not (found := self.new()) and time.monotonic() < until:
            time.sleep(0.1)
        if len(found) != 1:
            fail("one mail comes", f"{len(found)} came within 30 s")
        return found[0]


def calendar_in(mail: bytes) -> bytes:
    message = email.message_from_bytes(mail, policy=email.policy.default)
    return next(part for part in message.walk() if part.get_content_type() == "text/calendar").get_payload(decode=True)


class Story:
    def __init__(self, thunderbird: Thunderbird) -> None:
        self.thunderbird, self.mailbox = thunderbird, Mailbox()
        self.replies = WORK / "replies"
        self.replies.mkdir()
        operator = Api(os.environ["OPERATOR"])
        self.group = "5 für OWL; Geschäftsstelle, Test"
        made = operator("POST", "/cooperations", {"name": self.group, "language": "de", "time_zone": "Europe/Berlin"})
        self.path = f"/cooperations/{made['slug']}"
        token = operator("POST", f"{self.path}/tokens", {"role": "coordinator", "label": "Geschäftsstelle"})
        self.api = Api(token["token"])

    def found(self) -> None:
        """A cooperation with a series, and an attendee in one of its cities."""
        joined = (datetime.date.today() - datetime.timedelta(days=400)).isoformat()
        self.cities = {}
        for name, (ags, street, code) in CITIES.items():
            city = self.api("POST", f"{self.path}/municipalities", {"name": name, "ags": ags, "joined_on": joined})
            self.cities[name] = city["id"]
            self.add_venue(name, f"Rathaus {name}", street, code, "Raum 105", True)
        person = {"given_name": GIVEN, "family_name": FAMILY, "address": ADDRESS, "language": "de", "role": "delegate"}
        person["municipality_id"] = self.cities["Gütersloh"]
        self.person = self.api("POST", f"{self.path}/people", person)["id"]
        for name in CITIES:
            key = name.lower().replace("ü", "ue").replace(" ", "-")
            self.api("POST", f"{self.path}/people", {
                "given_name": "Alex", "family_name": f"Ahorn, {name}", "address": f"alex@{key}.example",
                "language": "de", "role": "delegate", "municipality_id": self.cities[name]})
        starts = (datetime.date.today() + datetime.timedelta(days=30)).isoformat()
        series = self.api("POST", f"{self.path}/series", {
            "title": "Digitaltreffen", "rule": "FREQ=MONTHLY;INTERVAL=2;BYDAY=2TU", "starts_on": starts,
            "start_time": "10:00", "time_zone": "Europe/Berlin", "duration_minutes": 150, "horizon_months": 14,
            "change_window_minutes": 0})
        self.series = series["id"]
        self.meetings = self.api("GET", f"/series/{self.series}/meetings?limit=200")["items"]

    def add_venue(self, city: str, name: str, street: str, code: str, room: str, preferred: bool) -> str:
        return self.api("POST", f"{self.path}/municipalities/{self.cities[city]}/venues", {
            "name": name, "street": street, "postal_code": code, "locality": city, "room": room,
            "directions": "Zugang über den Hof; bitte klingeln.", "preferred": preferred})["id"]

    def meeting(self, key: str) -> dict:
        return self.api("GET", f"/meetings/{key}")

    def in_calendar(self, meeting: dict) -> dict | None:
        found = [one for one in self.thunderbird.events() if one["uid"] == meeting["uid"]]
        if len(found) > 1:
            fail("a meeting stands once in the calendar", *found)
        return found[0] if found else None

    def equal(self, means: str, key: str, partstat: str) -> None:
        """What stands in Thunderbird's calendar is what the API says of the meeting."""
        meeting = self.meeting(key)
        venue = meeting["venue"]
        town = f"{venue['postal_code']} {venue['locality']}"

        def instant(text: str) -> str:
            moment = datetime.datetime.fromisoformat(text).astimezone(UTC)
            return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

        title = f" – {meeting['title']}" if meeting.get("title") else ""
        wanted = {
            "start": instant(meeting["starts_at"]),
            "end": instant(meeting["ends_at"]),
            "zone": "Europe/Berlin",
            "summary": f"{self.group}: {meeting['number']}. Treffen in {meeting['host']['name']}{title}",
            "location": f"{venue['name']}, {venue['room']}, {venue['street']}, {town}",
            "status": "CONFIRMED",
            "sequence": meeting["sequence"],
            "organizer": f"mailto:{os.environ['REIHUM_MAIL_FROM']}",
            "answer": partstat,
        }
        there = self.in_calendar(meeting) or fail(means, "it is not in the calendar")
        found = {name: there.get(name) for name in wanted}
        found["answer"] = there["attendees"].get(f"mailto:{ADDRESS}")
        same(means, found, wanted)

    def counted(self, means: str, key: str, answer: str, comment: str | None = None, stale: bool = False) -> None:
        """The API shows the answer as one that came by mail, in the list of answers and in the attendance."""
        answers = self.api("GET", f"/meetings/{key}/answers")["items"]
        [mine] = [one for one in answers if one["person_id"] == self.person]
        found = {name: mine.get(name) for name in ("answer", "stale", "comment", "way")}
        wanted = {"answer": answer, "stale": stale, "comment": comment, "way": "mail"}
        same(means, found, wanted)
        city = next(one for one in self.api("GET", f"/meetings/{key}/attendance")["municipalities"]
                    if one["municipality"]["id"] == self.cities["Gütersloh"])
        mine = next(one for one in city["people"] if one["person_id"] == self.person)
        found = (mine["answer"], mine["stale"], city["represented_by_answer"])
        same(f"{means}: attendance", found, (answer, stale, answer == "accepted" and not stale))

    def inbound(self, *replies: bytes) -> None:
        """Hands mails in as if they had come to the service mailbox."""
        files = []
        for reply in replies:
            files.append(self.replies / f"{len(list(self.replies.iterdir())):02}.eml")
            files[-1].write_bytes(reply)
        done = subprocess.run([os.environ["REIHUM"], "inbound", *files], capture_output=True, text=True, check=False)
        if done.returncode != 0 or len(done.stdout.splitlines()) != len(files):
            fail("reihum takes the replies in", done.returncode, done.stdout, done.stderr)

    def invite(self, key: str) -> bytes:
        self.api("POST", f"/meetings/{key}/invite")
        return self.mailbox.next()

    def move(self, key: str, days: int, time_of_day: str, minutes: int) -> bytes:
        date = datetime.date.fromisoformat(self.meeting(key)["date"]) + datetime.timedelta(days=days)
        change = {"date": date.isoformat(), "start_time": time_of_day, "duration_minutes": minutes}
        self.api("PATCH", f"/meetings/{key}", change)
        return self.mailbox.next()


def next_second(reply: bytes) -> None:
    """Waits until what is written now has a later DTSTAMP than this reply, which counts in seconds."""
    stamp = icalendar.Calendar.from_ical(calendar_in(reply)).walk("VEVENT")[0].decoded("DTSTAMP")
    while datetime.datetime.now(UTC) < stamp + datetime.timedelta(seconds=1):
        time.sleep(0.05)


def tell(story: Story) -> None:
    thunderbird = story.thunderbird
    chapter("Thunderbird is invited")
    story.found()
    first = story.meetings[0]["id"]
    mail = story.invite(first)
    (WORK / "invitation.ics").write_bytes(calendar_in(mail))
    accepted = thunderbird.take(mail, "ACCEPTED")
    same("it sees an invitation", (thunderbird.told["method"], thunderbird.told["action"]), ("REQUEST", "REQUEST"))
    story.equal("the meeting stands in its calendar as in the API", first, "ACCEPTED")
    story.inbound(accepted)
    story.counted("its reply counts", first, "accepted")

    chapter("It changes its mind")
    next_second(accepted)
    comment = 'Erst ab 11 Uhr; "vielleicht", je nach Bahn'
    tentative = thunderbird.answer(story.meeting(first)["uid"], "TENTATIVE", comment)
    story.inbound(tentative)
    story.counted("its comment is read", first, "tentative", comment)
    story.inbound(accepted)
    story.counted("the first reply, delivered again, changes nothing", first, "tentative", comment)

    chapter("The meeting moves")
    moved = story.move(first, 7, "13:30", 90)
    declined = thunderbird.take(moved, "DECLINED")
    same("it sees an update", thunderbird.told["action"], "REQUEST:UPDATE")
    story.equal("it has moved in its calendar as well", first, "DECLINED")
    story.counted("what it said to the old time does not count", first, "tentative", comment, stale=True)
    next_second(declined)
    again = thunderbird.answer(story.meeting(first)["uid"], "ACCEPTED")
    story.inbound(again, declined)
    story.counted("the newer of two replies counts, whichever comes first", first, "accepted")

    chapter("Another host, another venue, another title")
    host = story.meeting(first)["host"]["name"]
    other = next(name for name in CITIES if name not in (host, "Gütersloh"))
    story.api("POST", f"/series/{story.series}/rotation/overrides",
              {"meeting_id": first, "municipality_id": story.cities[other], "reason": "Umbau des Rathauses"})
    thunderbird.take(story.mailbox.next())
    same("a new host is an update", thunderbird.told["action"], "REQUEST:UPDATE")
    story.equal(f"it knows that {other} hosts instead of {host}", first, "ACCEPTED")
    story.counted("the answer still counts under the new host", first, "accepted")
    venue = story.add_venue(other, "Haus der Vereine", "Am Wall 3 a", CITIES[other][2], "Großer Saal", False)
    story.api("PATCH", f"/meetings/{first}", {"venue_id": venue})
    thunderbird.take(story.mailbox.next())
    story.equal("it knows the new venue", first, "ACCEPTED")
    story.api("PATCH", f"/meetings/{first}", {"title": "Wahl; und, Ausblick"})
    thunderbird.take(story.mailbox.next())
    story.equal("it knows the new title", first, "ACCEPTED")

    chapter("A meeting beyond the change of the clocks")
    offset = lambda meeting: datetime.datetime.fromisoformat(meeting["starts_at"]).utcoffset()
    second = next(one["id"] for one in story.meetings if offset(one) != offset(story.meetings[0]))
    reply = thunderbird.take(story.invite(second), "TENTATIVE")
    story.equal("it is at the right hour there, too", second, "TENTATIVE")
    story.inbound(reply)
    story.counted("a reply counts for its own meeting", second, "tentative")
    story.counted("and for no other", first, "accepted")

    chapter("A meeting is cancelled, and is held after all")
    story.api("POST", f"/meetings/{first}/cancel", {"reason": "Sturmwarnung; das Rathaus bleibt zu"})
    thunderbird.take(story.mailbox.next())
    same("it sees a cancellation", (thunderbird.told["method"], thunderbird.told["action"]), ("CANCEL", "CANCEL"))
    same("it is gone from the calendar", story.in_calendar(story.meeting(first)), None)
    story.equal("and the other is still there", second, "TENTATIVE")
    story.api("POST", f"/meetings/{first}/restore", {})
    reply = thunderbird.take(story.mailbox.next(), "ACCEPTED")
    story.equal("it is back as in the API", first, "ACCEPTED")
    story.inbound(reply)
    story.counted("and the reply to it counts", first, "accepted")

    chapter("The attendee is taken off the list")
    story.api("DELETE", f"/meetings/{second}/invitations/{story.person}")
    thunderbird.take(story.mailbox.next())
    same("this meeting is gone, and that alone", [one["uid"] for one in thunderbird.events()],
         [story.meeting(first)["uid"]])

    same("no reply is answered by mail", story.mailbox.new(), [])
    same("nothing is sent that nobody asked for", thunderbird.sent_nothing(), True)


def main() -> None:
    started = time.monotonic()
    # Whoever ends this ends the Thunderbird as well.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with Thunderbird(WORK / "thunderbird", ADDRESS, f"{GIVEN} {FAMILY}") as thunderbird:
            ok("Thunderbird runs")
            tell(Story(thunderbird))
    except Refused as error:
        fail("Thunderbird does what is asked of it", error)
    print(f"    {time.monotonic() - started:.0f} s")


main()
