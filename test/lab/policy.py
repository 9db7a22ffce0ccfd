"""A policy service that greylists one sender: the first try is put off."""
import socketserver
import threading


class Greylist(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True

    def __init__(self, port, sender):
        super().__init__(("127.0.0.1", port), Question)
        self.sender, self.seen = sender, False
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Question(socketserver.StreamRequestHandler):
    def handle(self):
        attributes = {}
        for raw in self.rfile:
            name, _, value = raw.decode().rstrip("\n").partition("=")
            if name:
                attributes[name] = value
                continue
            action = "DUNNO"
            if attributes.get("sender") == self.server.sender and not self.server.seen:
                self.server.seen = True
                action = "DEFER_IF_PERMIT 4.2.0 Greylisted, see you in a minute"
            self.wfile.write(f"action={action}\n\n".encode())
            attributes = {}
