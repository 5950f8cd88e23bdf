"""Puts mails into a mailbox and looks into its folders, for the chapter of the mailbox.

    mailbox.py put PORT NAME COUNT [OCTETS]    puts mails in by LMTP; their Message-IDs begin with NAME
    mailbox.py send PORT TO                    sends a mail by SMTP (STARTTLS, SMTP_USERNAME, SMTP_PASSWORD, SMTP_CA_FILE)
    mailbox.py wait SECONDS FOLDER=COUNT…      waits until so many mails are in each folder, all of them different ones
    mailbox.py relay PORT TARGET WORD FILE     hands a connection on to TARGET, but holds it for good, and makes FILE,
                                               when the client says WORD

The mailbox is named by IMAPS_PORT, IMAP_USERNAME, IMAP_PASSWORD and IMAP_CA_FILE.
"""

import email
import email.message
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


def put(port: str, name: str, count: str, octets: str = "0") -> None:
    to = os.environ["IMAP_USERNAME"]
    with smtplib.LMTP("127.0.0.1", int(port)) as server:
        for number in range(int(count)):
            server.sendmail(SENDER, [to], message(f"{name}-{number}", to, int(octets)))


def send(port: str, to: str) -> None:
    context = ssl.create_default_context(cafile=os.environ["SMTP_CA_FILE"])
    with smtplib.SMTP("localhost", int(port)) as server:
        server.starttls(context=context)
        server.login(os.environ["SMTP_USERNAME"], os.environ["SMTP_PASSWORD"])
        server.sendmail(SENDER, [to], message(f"to-{to.split('@')[0].replace('+', '-')}", to))


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
    context = ssl.create_default_context(cafile=os.environ["IMAP_CA_FILE"])
    try:
        with imaplib.IMAP4_SSL("localhost", int(os.environ["IMAPS_PORT"]), ssl_context=context) as server:
            server.login(os.environ["IMAP_USERNAME"], os.environ["IMAP_PASSWORD"])
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
    {"put": put, "send": send, "wait": wait, "relay": relay}[command](*arguments)
