// What ical.js makes of calendar files: `node icaljs.cjs FILE…` prints, as JSON, for each file either the events it
// sees, with their instants reckoned by the file's own VTIMEZONE alone, or why it cannot read it.
'use strict';
const { readFileSync } = require('node:fs');
const ical = require('ical.js');
const ICAL = ical.default ?? ical;

function eventsOf(text) {
  const calendar = new ICAL.Component(ICAL.parse(text));
  if (calendar.name !== 'vcalendar') throw new Error(`not one VCALENDAR, but ${calendar.name}`);
  const zones = new Map();
  for (const zone of calendar.getAllSubcomponents('vtimezone')) {
    zones.set(zone.getFirstPropertyValue('tzid'), new ICAL.Timezone(zone));
  }
  const instant = (event, name) => {
    const property = event.getFirstProperty(name);
    if (!property) return null;
    const time = property.getFirstValue();
    const tzid = property.getParameter('tzid');
    if (tzid) {
      if (!zones.has(tzid)) throw new Error(`${name} is in ${tzid}, which the file does not describe`);
      time.zone = zones.get(tzid);
    }
    return new Date(time.toUnixTime() * 1000).toISOString();
  };
  return calendar.getAllSubcomponents('vevent').map((event) => ({
    uid: event.getFirstPropertyValue('uid'),
    starts: instant(event, 'dtstart'),
    ends: instant(event, 'dtend'),
    summary: event.getFirstPropertyValue('summary') ?? null,
    alarms: event.getAllSubcomponents('valarm').map((alarm) => -alarm.getFirstPropertyValue('trigger').toSeconds()),
    properties: event.getAllProperties().map((property) => property.name).sort(),
  }));
}

const answers = {};
for (const file of process.argv.slice(2)) {
  try {
    answers[file] = { events: eventsOf(readFileSync(file, 'utf8')) };
  } catch (error) {
    answers[file] = { error: String(error.message) };
  }
}
console.log(JSON.stringify(answers));
