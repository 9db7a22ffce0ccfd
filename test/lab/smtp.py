"""SMTP by hand: clients that say exactly what a case needs, and servers that answer as it needs."""
import base64
import socket
import socketserver
import subprocess
import threading
import time
from collections import Counter

accepted = Counter()  # role -> messages that Postfix answered with 2xx after their last byte


class Client:
    """One connection from `source`. What is said and answered goes to standard output."""

    def __init__(self, source, port=25, server="127.0.0.1", role="mx", greeting=True):
        self.role = role
        family = socket.AF_INET6 if ":" in source else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.bind((source, 0))
        self.socket.settimeout(60)
        self.socket.connect((server, port))
        self.file = self.socket.makefile("rb")
        print(f"\n{source} -> {server} port {port} ({role})")
        if greeting:
            self.reply()

    def reply(self):
        """The last line of the reply, "" if the server has hung up."""
        line = self.file.readline().decode()
        while line[3:4] == "-":
            line = self.file.readline().decode()
        print("S:", line.rstrip() if line else "(closed)")
        return line.rstrip()

    def send(self, data):
        text = data if isinstance(data, str) else data.decode()
        shown = text if len(text) < 300 else f"{text[:40]!r}... ({len(text)} bytes)"
        print("C:", shown.rstrip().replace("\r\n", "\nC: "))
        self.socket.sendall(text.encode())

    def say(self, line):
        self.send(line + "\r\n")
        return self.reply()

    def hello(self, name="mx.p1.test"):
        return self.say(f"EHLO {name}")

    def envelope(self, sender, *recipients):
        self.say(f"MAIL FROM:<{sender}>")
        for recipient in recipients:
            self.say(f"RCPT TO:<{recipient}>")

    def body(self, text):
        """DATA and the message; says whether it was accepted."""
        if not self.say("DATA").startswith("354"):
            return False
        self.send(text + "\r\n.\r\n")
        return self.count(self.reply())

    def mail(self, sender, *recipients, text=None):
        self.envelope(sender, *recipients)
        return self.body(text or letter(sender))

    def chunk(self, text, last=False):
        self.send(f"BDAT {len(text)}{' LAST' if last else ''}\r\n{text}")
        reply = self.reply()
        return self.count(reply) if last else reply

    def count(self, reply):
        accepted[self.role] += reply.startswith("2")
        return reply.startswith("2")

    def login(self, user, password):
        return self.say("AUTH PLAIN " + base64.b64encode(f"\0{user}\0{password}".encode()).decode())

    def quit(self):
        self.say("QUIT")
        self.close()

    def close(self):
        self.file.close()
        self.socket.close()
        print("C: (closed)")


letters = 0


def letter(sender, *headers):
    global letters
    letters += 1
    lines = [f"From: <{sender}>", f"Message-ID: <letter{letters}@lab.test>", "Subject: lab", *headers, "", "Hello."]
    return "\r\n".join(lines)


class Server(socketserver.ThreadingTCPServer):
    """An SMTP server that accepts all; a case overrides `rcpt` or `data` (both return the reply)."""

    allow_reuse_address = daemon_threads = True
    extensions = ()

    def __init__(self, address, port=25):
        super().__init__((address, port), Session)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def rcpt(self, address):
        return "250 2.1.5 Ok"

    def data(self, session, message):
        return "250 2.0.0 Ok"


class Session(socketserver.StreamRequestHandler):
    def answer(self, line):
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self):
        self.forwarded, self.sender, self.recipients = [], "", []
        self.answer("220 lab ESMTP")
        for raw in self.rfile:
            line = raw.decode().rstrip()
            verb, argument = line[:4].upper(), line.partition(":")[2].split(">")[0].lstrip("<")
            if verb == "EHLO":
                for extension in ("lab", *self.server.extensions):
                    self.answer("250-" + extension)
                self.answer("250 ENHANCEDSTATUSCODES")
            elif verb == "XFOR":
                self.forwarded.append(line)
                self.answer("250 2.0.0 Ok")
            elif verb == "MAIL":
                self.sender, self.recipients = argument, []
                self.answer("250 2.1.0 Ok")
            elif verb == "RCPT":
                reply = self.server.rcpt(argument)
                if reply.startswith("2"):
                    self.recipients.append(argument)
                self.answer(reply)
            elif verb == "DATA":
                self.answer("354 Go on")
                message = []
                for raw_line in self.rfile:
                    if raw_line == b".\r\n":
                        break
                    message.append(raw_line.decode().rstrip("\r\n"))
                self.answer(self.server.data(self, "\r\n".join(message)))
            elif verb == "QUIT":
                self.answer("221 2.0.0 Bye")
                return
            else:
                self.answer("250 2.0.0 Ok")


def settle(seconds=1):
    """Lets the log of one step be complete before the next one starts."""
    time.sleep(seconds)


def finish():
    """Waits until Postfix has nothing to deliver, then says what was accepted."""
    while subprocess.run(
        "find /var/spool/postfix/maildrop /var/spool/postfix/incoming /var/spool/postfix/active -type f | grep -q .", shell=True
    ).returncode == 0:
        time.sleep(0.2)
    settle()
    print("\naccepted:", dict(accepted))
