from policy import Greylist
from smtp import Client, finish

Greylist(10031, "grey@p1.test")


def try_to_send(source, helo, sender, recipient):
    client = Client(source)
    client.hello(helo)
    client.envelope(sender, recipient)
    client.quit()


try_to_send("127.0.2.1", "spam.test", "x@p1.test", "ann@kuma.test")  # client access
try_to_send("127.0.2.2", "-bad-", "x@p1.test", "ann@kuma.test")  # HELO: invalid
try_to_send("127.0.2.2", "short", "x@p1.test", "ann@kuma.test")  # HELO: not fully qualified
try_to_send("127.0.2.2", "bad.test", "x@p1.test", "ann@kuma.test")  # HELO: access
try_to_send("127.0.2.3", "mx.p2.test", "bad@p1.test", "ann@kuma.test")  # sender access
try_to_send("127.0.2.3", "mx.p2.test", "x@nowhere.test", "ann@kuma.test")  # sender domain
try_to_send("127.0.2.3", "mx.p2.test", "short", "ann@kuma.test")  # sender: not fully qualified
try_to_send("127.0.2.3", "mx.p2.test", "x@p2.test", "y@p5.test")  # relay
try_to_send("127.0.2.4", "mx.p2.test", "x@p2.test", "ann@kuma.test")  # no client name
try_to_send("127.0.2.5", "mx.p2.test", "x@p2.test", "ann@kuma.test")  # listed
try_to_send("127.0.2.3", "mx.p2.test", "x@p2.test", "carl@kuma.test")  # recipient access
try_to_send("127.0.2.3", "mx.p2.test", "x@p2.test", "ghost@kuma.test")  # unknown user

# The name of 127.0.2.8 does not resolve to it, that of 127.0.2.9 does not exist. HELO names nobody: only a warning.
for source in ("127.0.2.8", "127.0.2.9"):
    client = Client(source)
    client.hello("nowhere.test")
    client.mail("x@p2.test", "ann@kuma.test")
    client.quit()

# Greylisted, and accepted the second time.
for _ in range(2):
    client = Client("127.0.1.1")
    client.hello()
    client.mail("grey@p1.test", "ann@kuma.test")
    client.quit()

# The access table's other verdicts: warn, discard, hold. All three are accepted.
for sender in ("warn@p1.test", "drop@p1.test", "hold@p1.test"):
    client = Client("127.0.1.1")
    client.hello()
    client.mail(sender, "ann@kuma.test")
    client.quit()

# No HELO at all.
client = Client("127.0.2.6")
client.envelope("x@p2.test", "ann@kuma.test")
client.quit()
finish()
