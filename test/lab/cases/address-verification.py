from smtp import Client, Server, finish, settle


class Partner(Server):
    def rcpt(self, address):
        return "550 5.1.1 No such user" if address.startswith("ghost") else "250 2.1.5 Ok"


Partner("127.0.1.2")  # relay target
Partner("127.0.1.3")  # home of the senders


def send(sender, recipient):
    client = Client("127.0.1.1")
    client.hello()
    client.mail(sender, recipient)
    client.quit()
    settle()


send("a@p1.test", "good@p2.test")  # probe, accepted, relayed
send("a@p1.test", "ghost@p2.test")  # probe, refused
send("a@p1.test", "ghost@p2.test")  # refused from the cache: no second probe
send("a@p1.test", "b@p9.test")  # nobody listens there: cannot be verified
send("good@p3.test", "ann@kuma.test")  # the sender is probed
send("ghost@p3.test", "ann@kuma.test")
finish()

# The other way round: a partner's server asks us about ann, and about somebody who does not exist.
for recipient in ("ann@kuma.test", "ann@kuma.test", "ghost@kuma.test"):
    client = Client("127.0.1.4")
    client.hello("mx.p4.test")
    client.envelope("", recipient)
    client.quit()
finish()
