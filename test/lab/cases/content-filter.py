import os
import subprocess

from smtp import Client, Server, finish, letter


class Filter(Server):
    """Refuses what says `virus`, hands all else back to Postfix in a new session."""

    if os.environ["XFORWARD"] == "yes":
        extensions = ("XFORWARD NAME ADDR PORT PROTO HELO IDENT SOURCE",)

    def data(self, session, message):
        if "virus" in message:
            return "550 5.7.1 Virus found"
        back = Client("127.0.0.1", port=10026, role="reinject")
        back.hello("filter.kuma.test")
        for line in session.forwarded:
            back.say(line)
        back.mail(session.sender, *session.recipients, text=message)
        back.quit()
        return "250 2.0.0 Ok"


Server("127.0.1.1")  # takes the bounce
Filter("127.0.0.1", port=10025)

# Two partners; the first sends two messages in one session.
client = Client("127.0.1.1")
client.hello()
client.mail("a@p1.test", "ann@kuma.test")
client.mail("b@p1.test", "ann@kuma.test", "bob@kuma.test")
client.quit()
client = Client("127.0.1.2")
client.hello("mx.p2.test")
client.mail("c@p2.test", "carl@kuma.test")
client.quit()
finish()

# Webmail on the server itself, from 127.0.0.1 to port 25: loopback, but not re-injection.
client = Client("127.0.0.1")
client.hello("webmail.kuma.test")
client.mail("bob@kuma.test", "ann@kuma.test")
client.quit()
finish()

# A user's script: sendmail, picked up from the queue directory.
subprocess.run(["sendmail", "-f", "bob@kuma.test", "ann@kuma.test"], input=letter("bob@kuma.test").replace("\r", ""), text=True, check=True)
finish()

# Postfix has accepted this one when the filter refuses it: a bounce.
client = Client("127.0.1.1")
client.hello()
client.mail("a@p1.test", "ann@kuma.test", text=letter("a@p1.test", "X-Test: virus"))
client.quit()

# A recipient that does not exist never reaches the filter.
client = Client("127.0.2.1")
client.hello("spam.test")
client.mail("x@p3.test", "ghost@kuma.test")
client.quit()
finish()
