"""Compares the days that do not suit with those of PyPI holidays: public holidays of every Land from 1995 to 2099, bridge
days as they follow from them, and the school holidays of North Rhine-Westphalia as far as both know them.

    free_days.py REIHUM

Prints a line for each Land that agrees; fails with every day on which one does not.
"""

import datetime
import json
import subprocess
import sys

import holidays

FIRST, LAST = 1995, 2099
DAY = datetime.timedelta(days=1)


def ours(program: str, land: str) -> dict:
    command = [program, "holidays", land, str(FIRST), "--until", str(LAST), "--json"]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


def days(texts) -> set[datetime.date]:
    return {datetime.date.fromisoformat(text) for text in texts}


def span(period: dict) -> set[datetime.date]:
    first, last = (datetime.date.fromisoformat(period[name]) for name in ("starts_on", "ends_on"))
    return {first + DAY * number for number in range((last - first).days + 1)}


def bridges(public: set[datetime.date]) -> set[datetime.date]:
    """Working days of which both neighbours are free."""

    def free(day: datetime.date) -> bool:
        return day.weekday() >= 5 or day in public

    first, last = datetime.date(FIRST, 1, 1), datetime.date(LAST, 12, 31)
    every = (first + DAY * number for number in range((last - first).days + 1))
    return {day for day in every if not free(day) and free(day - DAY) and free(day + DAY)}


def compare(what: str, mine: set[datetime.date], theirs: set[datetime.date]) -> bool:
    for day in sorted(mine ^ theirs):
        print(f"not ok {what}: {day} is one {'here' if day in mine else 'there'} only", file=sys.stderr)
    if mine == theirs:
        print(f"ok {what}: {len(mine)} days")
    return mine == theirs


def main(program: str) -> bool:
    right = True
    # A year more on each side, for the days beside the turn of the year.
    years = range(FIRST - 1, LAST + 2)
    for land in sorted(set(holidays.Germany.subdivisions) - {"Augsburg"}):
        mine = ours(program, land)
        public = set(holidays.Germany(subdiv=land, years=years))
        within = {day for day in public if FIRST <= day.year <= LAST}
        right &= compare(f"public holidays of {land}", days(one["day"] for one in mine["holidays"]), within)
        right &= compare(f"bridge days of {land}", days(mine["bridge_days"]), bridges(public))
    school = ours(program, "NW")["school_holidays"]
    mine = set().union(*map(span, school))
    theirs = set(holidays.Germany(subdiv="NW", years=range(2024, 2031), categories=("school",)))
    # Both must know of a day: theirs ends before ours, ours begins after theirs.
    first, last = min(mine), max(theirs)
    within = lambda all: {day for day in all if first <= day <= last}  # noqa: E731
    right &= compare("school holidays of NW", within(mine), within(theirs))
    return right


if __name__ == "__main__":
    sys.exit(0 if main(sys.argv[1]) else 1)
