"""What icalendar and recurring-ical-events, a parser and an expander by other people, find in calendars.

Standard input: {"from": DAY, "until": DAY, "zone": NAME, "calendars": [TEXT]}. Standard output: for each calendar a list of
lines: start, last day if there are several, title.
"""

import datetime
import json
import sys
import zoneinfo

import icalendar
import recurring_ical_events


def line(event, zone):
    start = event["DTSTART"].dt
    title = str(event.get("SUMMARY", ""))
    if not isinstance(start, datetime.datetime):
        end = event["DTEND"].dt - datetime.timedelta(days=1) if "DTEND" in event else start
        days = f"{start} to {end}" if end > start else f"{start}"
        return f"{days} all day {title}"
    if start.tzinfo is not None and start.tzname() == "UTC":
        start = start.astimezone(zone)
    return f"{start:%Y-%m-%d %H:%M:%S} {title}"


def main():
    asked = json.load(sys.stdin)
    zone = zoneinfo.ZoneInfo(asked["zone"])
    day = datetime.date.fromisoformat
    first, last = day(asked["from"]), day(asked["until"])
    found = []
    for text in asked["calendars"]:
        calendar = icalendar.Calendar.from_ical(text)
        events = recurring_ical_events.of(calendar).between(first, last + datetime.timedelta(days=1))
        lines = [line(event, zone) for event in events]
        found.append(sorted(one for one in lines if str(first) <= one[:10] <= str(last)))
    json.dump(found, sys.stdout)


main()
