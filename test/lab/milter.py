"""The part of the milter protocol that a verdict needs."""
import socketserver
import struct
import threading


class Milter(socketserver.ThreadingTCPServer):
    """Asks `rcpt(address)` and `end(headers)`; both return a reply packet, CONTINUE for no objection."""

    allow_reuse_address = daemon_threads = True

    def __init__(self, port, rcpt, end):
        super().__init__(("127.0.0.1", port), Conversation)
        self.rcpt, self.end = rcpt, end
        threading.Thread(target=self.serve_forever, daemon=True).start()


CONTINUE = b"c"
DISCARD = b"d"
TEMPFAIL = b"t"


def reply(text):
    return b"y" + text.encode() + b"\0"


class Conversation(socketserver.StreamRequestHandler):
    def packet(self, data):
        self.wfile.write(struct.pack(">I", len(data)) + data)

    def handle(self):
        headers = {}
        while prefix := self.rfile.read(4):
            data = self.rfile.read(struct.unpack(">I", prefix)[0])
            command, rest = data[:1], data[1:].decode(errors="replace")
            if command == b"O":  # options: version 6, no changes to the message, every step
                self.packet(b"O" + struct.pack(">III", 6, 0, 0))
            elif command == b"D":  # macros: no answer is due
                pass
            elif command == b"A":  # abort: ditto
                headers = {}
            elif command == b"Q":
                return
            elif command == b"R":
                self.packet(self.server.rcpt(rest.split("\0")[0].strip("<>")))
            elif command == b"E":
                self.packet(self.server.end(headers))
                headers = {}
            else:
                if command == b"L":
                    name, value = rest.split("\0")[:2]
                    headers[name] = value
                self.packet(CONTINUE)
