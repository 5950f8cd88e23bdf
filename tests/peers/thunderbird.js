// What the test does in Thunderbird, with its own code: opens mails, presses buttons, reads the calendar. Run by
// thunderbird.py in the main window, as the body of a function that is given the name of an act and its arguments.

const { cal } = ChromeUtils.importESModule("resource:///modules/calendar/calUtils.sys.mjs");
const { MailUtils } = ChromeUtils.importESModule("resource:///modules/MailUtils.sys.mjs");
const { setTimeout } = ChromeUtils.importESModule("resource://gre/modules/Timer.sys.mjs");

// Its first truthy value, once it has one.
async function value(name, get) {
  for (let round = 0; round < 1200; round++) {
    const found = await get();
    if (found) {
      return found;
    }
    await new Promise(resolve => setTimeout(resolve, 25));
  }
  throw new Error(`${name}: not within 30 s`);
}

const calendar = () => cal.manager.getCalendars().find(one => one.type == "storage");

// What there is to be seen of the calendar's copy of a meeting, in one string.
const state = async uid => (await calendar().getItem(uid))?.icalString ?? "";

// Says yes to whatever Thunderbird asks; returns the questions.
const agree = () =>
  [...Services.wm.getEnumerator(null)]
    .filter(one => one.location.href.endsWith("/commonDialog.xhtml") && one.document.readyState == "complete")
    .map(one => {
      const question = one.document.getElementById("infoBody").textContent;
      one.document.querySelector("dialog").acceptDialog();
      return question;
    });

const acts = {
  // The calendar is there, and whose it is.
  async ready() {
    const home = await value("the local calendar", calendar);
    const identity = cal.provider.getEmailIdentityOfCalendar(home);
    return identity.email;
  },

  // Opens a saved mail as File > Open > Saved Message does, and presses a button of its invitation bar. The first of
  // `buttons` that is offered is taken; without any, the mail is only looked at. Returns what was on the bar.
  async take(path, ...buttons) {
    const file = Cc["@mozilla.org/file/local;1"].createInstance(Ci.nsIFile);
    file.initWithPath(path);
    MailUtils.openEMLFile(window, file, Services.io.newFileURI(file));
    const shown = await value("the message window", () => {
      const found = Services.wm.getMostRecentWindow("mail:messageWindow");
      return found?.messageBrowser?.contentWindow?.msgLoaded && found;
    });
    try {
      const about = shown.messageBrowser.contentWindow;
      const bar = about.document.getElementById("imip-bar");
      const { calImipBar } = about;
      if (!calImipBar.loadingItipItem) {
        throw new Error("Thunderbird sees no invitation in this mail");
      }
      await value("what the bar offers", () => calImipBar.itipItem);
      const offered = () =>
        [...about.document.querySelectorAll("#imip-view-toolbar toolbarbutton, #imip-view-toolbar menuitem")].filter(
          one => !one.hidden && !one.closest("toolbarbutton[hidden]")
        );
      const told = {
        method: calImipBar.itipItem.receivedMethod,
        action: calImipBar.actionFunc?.method ?? null,
        label: bar.querySelector(".msgNotificationBarText").textContent,
        buttons: offered().map(one => one.id),
      };
      if (buttons.length) {
        const name = buttons.find(one => told.buttons.includes(one));
        if (!name) {
          throw new Error(`none of ${buttons} is offered: ${JSON.stringify(told)}`);
        }
        const uid = calImipBar.itipItem.getItemList()[0].id;
        const before = await state(uid);
        told.questions = [];
        // Not from here: a question that Thunderbird asks holds up whoever has pressed the button.
        setTimeout(() => about.document.getElementById(name).doCommand());
        await value("a change in the calendar", async () => {
          told.questions.push(...agree());
          return (await state(uid)) != before;
        });
      }
      return told;
    } finally {
      shown.close();
    }
  },

  // Answers from the calendar, as the menu Attendance of an event does.
  async answer(uid, partstat, comment) {
    let item = await calendar().getItem(uid);
    if (comment) {
      // No dialog of Thunderbird asks for one, but it sends what the event has.
      const commented = item.clone();
      commented.setProperty("COMMENT", comment);
      item = await calendar().modifyItem(commented, item);
    }
    const entry = document.createXULElement("menuitem");
    entry.setAttribute("respvalue", partstat);
    entry.setAttribute("respmode", "AUTO");
    entry.setAttribute("scope", "this-occurrence");
    const before = await state(uid);
    setContextPartstat(entry, [item]);
    await value("a change in the calendar", async () => (await state(uid)) != before);
  },

  async events() {
    const found = await calendar().getItemsAsArray(Ci.calICalendar.ITEM_FILTER_ALL_ITEMS, 0, null, null);
    const instant = time => new Date(time.nativeTime / 1000).toISOString();
    return found.map(item => ({
      uid: item.id,
      start: instant(item.startDate),
      end: instant(item.endDate),
      zone: item.startDate.timezone.tzid,
      summary: item.title,
      location: item.getProperty("LOCATION"),
      status: item.status,
      sequence: cal.itip.getSequence(item),
      organizer: item.organizer?.id,
      attendees: Object.fromEntries(item.getAttendees().map(one => [one.id, one.participationStatus])),
    }));
  },
};

const [act, given, finish] = arguments;
acts[act](...given).then(
  result => finish({ result: result ?? null }),
  error => finish({ error: `${error}` })
);
