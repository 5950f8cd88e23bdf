"""A mail server that takes everything and remembers what it was. For tests: it trusts everybody and checks nothing.

Told so, it is slow, turns some messages away for now, or takes some and hangs up without saying that it has them.
"""

import asyncio
import dataclasses
import email.parser
import threading
import time


@dataclasses.dataclass
class Habits:
    """What it does to messages. Every `tempfail`-th is turned away with 451, every `drop`-th is taken without a 250."""

    delay: float = 0
    tempfail: int = 0
    drop: int = 0


class Sink:
    """Runs in a thread of its own from `start` on; `taken` has (Message-ID, bytes) of all it has taken, in order, and
    `said` the moments (of the monotonic clock) at which it said so."""

    def __init__(self) -> None:
        self.habits = Habits()
        self.said: list[float] = []
        self.taken: list[tuple[str, bytes]] = []
        self.dropped = self.turned_away = 0
        self.port = 0
        self._seen = 0

    def start(self) -> None:
        running = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self._serve(running)), daemon=True).start()
        running.wait()

    async def _serve(self, running: threading.Event) -> None:
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0, limit=2**20)
        self.port = server.sockets[0].getsockname()[1]
        running.set()
        await server.serve_forever()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        def say(line: str) -> None:
            writer.write(f"{line}\r\n".encode())

        try:
            say("220 sink.example ESMTP")
            while line := await reader.readline():
                match line.split(b":")[0].split()[0].upper() if line.split() else b"":
                    case b"DATA":
                        say("354 go on")
                        if not await self._take(reader, say):
                            break
                    case b"QUIT":
                        say("221 bye")
                        break
                    case b"EHLO":
                        say("250-sink.example\r\n250-8BITMIME\r\n250 PIPELINING")
                    case _:
                        say("250 fine")
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # Whoever spoke with us was killed.
        finally:
            writer.close()

    async def _take(self, reader: asyncio.StreamReader, say) -> bool:
        """Takes a message; whether to go on talking."""
        lines = []
        while (line := await reader.readline()) != b".\r\n":
            if not line.endswith(b"\n"):
                return False  # Cut off in the middle: not taken.
            lines.append(line[1:] if line.startswith(b".") else line)
        self._seen += 1
        seen, habits = self._seen, self.habits
        if habits.tempfail and seen % habits.tempfail == 0:
            self.turned_away += 1
            say("451 4.3.0 later, please")
            return True
        message = b"".join(lines)
        self.taken.append((email.parser.BytesHeaderParser().parsebytes(message)["Message-ID"], message))
        if habits.drop and seen % habits.drop == 0:
            self.dropped += 1
            return False
        await asyncio.sleep(habits.delay)
        self.said.append(time.monotonic())
        say("250 2.0.0 taken")
        return True
