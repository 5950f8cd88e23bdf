"""A Thunderbird of our own as an attendee: it takes mails as a person would, and answers by mail.

It runs without a window, is driven through Marionette, speaks to nobody but this machine, and sends what it sends to a
mail server in here, which keeps the bytes.
"""

import contextlib
import os
import pathlib
import queue
import socket
import subprocess
import tempfile
import time

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from marionette_driver.marionette import Marionette

SCRIPT = pathlib.Path(__file__).with_suffix(".js")

# The buttons of the invitation bar, by what they answer; and the one that has nothing to answer.
BUTTONS = {
    "ACCEPTED": "imipAcceptButton_Accept",
    "TENTATIVE": "imipTentativeButton_Tentative",
    "DECLINED": "imipDeclineButton_Decline",
}
SILENTLY = ("imipUpdateButton", "imipDeleteButton", "imipAcceptButton_AcceptDontSend")


class Refused(AssertionError):
    """Thunderbird could not do, or did not do, what was asked of it."""


class Sink:
    """Takes any mail on a port of this machine and keeps its bytes."""

    def __init__(self) -> None:
        self.mails: queue.Queue[tuple[str, list[str], bytes]] = queue.Queue()
        with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as free:
            self.port = free.getsockname()[1]
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port, decode_data=False)

    async def handle_DATA(self, _server: SMTP, _session: object, envelope) -> str:
        self.mails.put((envelope.mail_from, envelope.rcpt_tos, envelope.original_content))
        return "250 kept"


def preferences(address: str, name: str, smtp_port: int) -> dict[str, str | int | bool]:
    """A profile that asks nothing, looks for nothing, and has one account and one calendar."""
    return {
        # Whatever is not on this machine goes to a proxy that is not there.
        "network.proxy.type": 1,
        "network.proxy.socks": "127.0.0.1",
        "network.proxy.socks_port": 9,
        "network.proxy.socks_remote_dns": True,
        "network.proxy.no_proxies_on": "127.0.0.1",
        "network.proxy.failover_direct": False,
        "network.proxy.allow_bypass": False,
        "network.captive-portal-service.enabled": False,
        "network.connectivity-service.enabled": False,
        "app.update.enabled": False,
        "app.update.auto": False,
        "datareporting.policy.dataSubmissionEnabled": False,
        "datareporting.healthreport.uploadEnabled": False,
        "toolkit.telemetry.enabled": False,
        "services.settings.server": "data:,none",
        "extensions.update.enabled": False,
        "mail.inappnotifications.enabled": False,
        "mail.rights.version": 1,
        "mail.shell.checkDefaultClient": False,
        "mail.spotlight.firstRunDone": True,
        "mailnews.start_page.enabled": False,
        "mailnews.start_page_override.mstone": "ignore",
        # A mail that is opened has a window of its own.
        "mail.openMessageBehavior": 0,
        # Marionette says in a file of the profile which port it took.
        "marionette.port": 0,
        # The account: a mailbox that is never asked for, and a mail server of ours.
        "mail.accountmanager.accounts": "account1",
        "mail.accountmanager.defaultaccount": "account1",
        "mail.account.account1.server": "server1",
        "mail.account.account1.identities": "id1",
        "mail.server.server1.type": "pop3",
        "mail.server.server1.hostname": "127.0.0.1",
        "mail.server.server1.port": 9,
        "mail.server.server1.userName": address,
        "mail.server.server1.login_at_startup": False,
        "mail.server.server1.check_new_mail": False,
        "mail.server.server1.directory-rel": "[ProfD]Mail/attendee",
        "mail.identity.id1.useremail": address,
        "mail.identity.id1.fullName": name,
        "mail.identity.id1.valid": True,
        "mail.identity.id1.smtpServer": "smtp1",
        "mail.identity.id1.fcc": False,
        "mail.smtpservers": "smtp1",
        "mail.smtp.defaultserver": "smtp1",
        "mail.smtpserver.smtp1.hostname": "127.0.0.1",
        "mail.smtpserver.smtp1.port": smtp_port,
        "mail.smtpserver.smtp1.try_ssl": 0,
        "mail.smtpserver.smtp1.authMethod": 1,
        # The calendar: a local one that belongs to this account.
        "calendar.registry.home.type": "storage",
        "calendar.registry.home.uri": "moz-storage-calendar://",
        "calendar.registry.home.name": "Home",
        "calendar.registry.home.calendar-main-in-composite": True,
        "calendar.registry.home.imip.identity.key": "id1",
        "calendar.list.sortOrder": "home",
        # What is planned far ahead rings no bell here.
        "calendar.alarms.show": False,
    }


def as_pref(value: str | int | bool) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int) else f'"{value}"'


class Thunderbird:
    """One attendee with one calendar. Use it in a `with`: it is started then, and ended after it."""

    def __init__(self, folder: pathlib.Path, address: str, name: str) -> None:
        self.folder, self.address, self.name = folder, address, name
        self.profile = folder / "profile"
        self.sink = Sink()

    def __enter__(self) -> "Thunderbird":
        self.profile.mkdir(parents=True)
        (self.folder / "tmp").mkdir()
        settings = preferences(self.address, self.name, self.sink.port)
        (self.profile / "user.js").write_text(
            "".join(f'user_pref("{name}", {as_pref(value)});\n' for name, value in settings.items())
        )
        self.sink.controller.start()
        with (self.folder / "thunderbird.log").open("wb") as log:
            self.process = subprocess.Popen(
                ["thunderbird", "--headless", "--no-remote", "--marionette", "--remote-allow-system-access",
                 "--profile", str(self.profile)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                # Nothing of the user's own Thunderbird is seen or touched; English, for the same words everywhere.
                env=os.environ | {"HOME": str(self.folder), "TMPDIR": str(self.folder / "tmp"), "LC_ALL": "C.UTF-8",
                                  "MOZ_CRASHREPORTER_DISABLE": "1"},
            )
        try:
            self.marionette = Marionette(host="127.0.0.1", port=self.port())
            self.marionette.start_session()
            self.marionette.set_context(Marionette.CONTEXT_CHROME)
            self.marionette.timeout.script = 120
            if (owner := self.act("ready")) != self.address:
                raise Refused(f"the calendar belongs to {owner}")
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def port(self) -> int:
        """Where Marionette listens, once it does."""
        file = self.profile / "MarionetteActivePort"
        until = time.monotonic() + 60
        while time.monotonic() < until and self.process.poll() is None:
            if file.exists() and (text := file.read_text().strip()):
                return int(text)
            time.sleep(0.1)
        raise Refused("Thunderbird does not start")

    def stop(self) -> None:
        """Ends this Thunderbird, and no other."""
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.sink.controller.stop()

    def act(self, name: str, *arguments: object):
        told = self.marionette.execute_async_script(
            SCRIPT.read_text(), script_args=[name, list(arguments)], sandbox=None, new_sandbox=False
        )
        if "error" in told:
            raise Refused(f"{name}: {told['error']}")
        return told["result"]

    def sent(self) -> bytes:
        """The mail that was sent by now, as it came in; there must be one, and be it alone."""
        try:
            _, _, data = self.sink.mails.get(timeout=30)
        except queue.Empty:
            raise Refused("Thunderbird sends nothing") from None
        return data

    def sent_nothing(self) -> bool:
        return self.sink.mails.empty()

    def take(self, mail: bytes, answer: str | None = None) -> bytes | None:
        """Opens a mail, and presses what its invitation bar offers. With `answer` (a PARTSTAT) the reply is sent, and
        its bytes are returned; without, the calendar takes the mail in and nothing is sent."""
        with tempfile.NamedTemporaryFile(dir=self.folder / "tmp", suffix=".eml") as file:
            file.write(mail)
            file.flush()
            self.told = self.act("take", file.name, *([BUTTONS[answer]] if answer else SILENTLY))
        return self.sent() if answer else None

    def answer(self, uid: str, answer: str, comment: str | None = None) -> bytes:
        """Answers from the calendar; returns the bytes of the reply."""
        self.act("answer", uid, answer, comment)
        return self.sent()

    def events(self) -> list[dict]:
        return self.act("events")
