"""Puts mails into a mailbox, looks into its folders, and sends mails, for the chapters of mail that comes in.

    mailbox.py put NAME COUNT [OCTETS]         puts mails into the INBOX; their Message-IDs begin with NAME
    mailbox.py wait SECONDS FOLDER=COUNT…      waits until so many mails are in each folder, all of them different ones
    mailbox.py relay PORT TARGET WORD FILE     hands a connection on to TARGET, but holds it for good, and makes FILE,
                                               when the client says WORD
    mailbox.py send PORT TO [OCTETS]           sends a mail
    mailbox.py has_invitation ADDRESS          whether an invitation to ADDRESS is in REIHUM_MAIL_FOLDER
    mailbox.py reply PORT ADDRESS PARTSTAT     sends a calendar's reply to that invitation
    mailbox.py words PORT ADDRESS              sends a message to its Reply-To, which only the envelope names

The mailbox is named by IMAPS_PORT, IMAP_USERNAME, IMAP_PASSWORD and IMAP_CA_FILE; mails are sent by SMTP with STARTTLS,
SMTP_USERNAME, SMTP_PASSWORD and SMTP_CA_FILE.
"""

import datetime
import email
import email.message
import email.policy
import email.utils
import imaplib
import os
import pathlib
import smtplib
import socket
import ssl
import sys
import threading
import time

SENDER = "poststelle@kreis.example"


def message(name: str, to: str, octets: int = 0) -> bytes:
    mail = email.message.EmailMessage()
    mail["From"] = SENDER
    mail["To"] = to
    mail["Subject"] = "Treffen"
    # Nothing follows from what a program answers by itself; a person's words would wait to be looked at.
    mail["Auto-Submitted"] = "auto-replied"
    mail["Message-ID"] = f"<{name}@kreis.example>"
    mail.set_content("Wir kommen.\n" + "x" * 70 + "\n" * (octets > 0) + ("x" * 70 + "\n") * (octets // 71))
    return mail.as_bytes(policy=mail.policy.clone(linesep="\r\n"))


def signed_in() -> imaplib.IMAP4_SSL:
    context = ssl.create_default_context(cafile=os.environ["IMAP_CA_FILE"])
    server = imaplib.IMAP4_SSL("localhost", int(os.environ["IMAPS_PORT"]), ssl_context=context)
    server.login(os.environ["IMAP_USERNAME"], os.environ["IMAP_PASSWORD"])
    return server


def put(name: str, count: str, octets: str = "0") -> None:
    to = os.environ["IMAP_USERNAME"]
    with signed_in() as server:
        for number in range(int(count)):
            status, answer = server.append("INBOX", None, None, message(f"{name}-{number}", to, int(octets)))
            if status != "OK":
                sys.exit(f"a mail cannot be put in: {answer}")


def deliver(port: str, sender: str, to: str, mail: bytes) -> None:
    context = ssl.create_default_context(cafile=os.environ["SMTP_CA_FILE"])
    with smtplib.SMTP("localhost", int(port)) as server:
        server.starttls(context=context)
        server.login(os.environ["SMTP_USERNAME"], os.environ["SMTP_PASSWORD"])
        server.sendmail(sender, [to], mail)


def send(port: str, to: str, octets: str = "0") -> None:
    deliver(port, SENDER, to, message(f"to-{to.split('@')[0].replace('+', '-')}", to, int(octets)))


def invitation(to: str) -> email.message.EmailMessage | None:
    for file in pathlib.Path(os.environ["REIHUM_MAIL_FOLDER"]).glob("*.eml"):
        mail = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        if to in str(mail["To"]) and any(part.get_content_type() == "text/calendar" for part in mail.walk()):
            return mail
    return None


def has_invitation(to: str) -> None:
    sys.exit(0 if invitation(to) else 1)


def mailbox_of(mail: email.message.EmailMessage) -> str:
    return email.utils.parseaddr(str(mail["Reply-To"]))[1]


def reply(port: str, address: str, partstat: str) -> None:
    mail = invitation(address)
    part = next(part for part in mail.walk() if part.get_content_type() == "text/calendar")
    lines = part.get_content().replace("\r\n", "\n").replace("\n ", "").splitlines()
    kept = [line for line in lines if line.startswith(("UID:", "SEQUENCE:", "ORGANIZER"))]
    stamp = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    attendee = f"ATTENDEE;PARTSTAT={partstat}:mailto:{address}"
    calendar = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//peers//EN", "METHOD:REPLY", "BEGIN:VEVENT", *kept,
                f"DTSTAMP:{stamp}", attendee, "END:VEVENT", "END:VCALENDAR", ""]
    answer = email.message.EmailMessage()
    answer["From"], answer["To"], answer["Subject"] = address, mailbox_of(mail), "Treffen"
    answer["Message-ID"] = f"<{partstat.lower()}@herford.example>"
    answer.set_content("\r\n".join(calendar), subtype="calendar", params={"method": "REPLY"})
    deliver(port, address, mailbox_of(mail), answer.as_bytes(policy=answer.policy.clone(linesep="\r\n")))


def words(port: str, address: str) -> None:
    mail = email.message.EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = address, "undisclosed-recipients:;", "Treffen"
    mail["Message-ID"] = "<words@herford.example>"
    mail.set_content("Wo kann ich parken?\n")
    deliver(port, address, mailbox_of(invitation(address)), mail.as_bytes(policy=mail.policy.clone(linesep="\r\n")))


def ids_in(server: imaplib.IMAP4, folder: str) -> list[str]:
    status, _ = server.select(folder, readonly=True)
    if status != "OK":
        return []
    _, found = server.search(None, "ALL")
    numbers = found[0].split()
    if not numbers:
        return []
    _, answers = server.fetch(b",".join(numbers), "(BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])")
    headers = [answer[1] for answer in answers if isinstance(answer, tuple)]
    return [email.message_from_bytes(header)["Message-ID"] for header in headers]


def look(folders: list[str]) -> dict[str, list[str]] | None:
    """The mails in these folders; nothing if the server ends the session, as it does when a folder's numbers change."""
    try:
        with signed_in() as server:
            return {folder: ids_in(server, folder) for folder in folders}
    except imaplib.IMAP4.abort:
        return None


def wait(seconds: str, *wanted: str) -> None:
    counts = {folder: int(count) for folder, count in (one.rsplit("=", 1) for one in wanted)}
    end = time.monotonic() + float(seconds)
    while True:
        ids = look(list(counts))
        found = ids and {folder: len(ids[folder]) for folder in counts}
        if found == counts:
            break
        if time.monotonic() > end:
            sys.exit(f"wanted {counts}, found {found}")
        time.sleep(0.2)
    for folder, known in ids.items():
        if len(set(known)) != len(known):
            sys.exit(f"a mail is twice in {folder}")


def relay(port: str, target: str, word: str, file: str) -> None:
    with socket.create_server(("127.0.0.1", int(port))) as listener:
        while True:
            client, _ = listener.accept()
            server = socket.create_connection(("127.0.0.1", int(target)))
            threading.Thread(target=pump, args=(server, client, None, file), daemon=True).start()
            threading.Thread(target=pump, args=(client, server, word.encode(), file), daemon=True).start()


def pump(source: socket.socket, sink: socket.socket, word: bytes | None, file: str) -> None:
    while data := source.recv(65536):
        if word and word in data:
            pathlib.Path(file).touch()
            return
        sink.sendall(data)
    sink.close()


if __name__ == "__main__":
    command, *arguments = sys.argv[1:]
    commands = [put, wait, relay, send, has_invitation, reply, words]
    {one.__name__: one for one in commands}[command](*arguments)
