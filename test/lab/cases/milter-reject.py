from milter import CONTINUE, DISCARD, TEMPFAIL, Milter, reply
from smtp import Client, finish, letter

VERDICTS = {"reject": reply("550 5.7.1 Spam message rejected"), "later": TEMPFAIL, "drop": DISCARD}
Milter(
    10030,
    rcpt=lambda address: reply("550 5.7.1 Rejected by local policy") if address == "carl@kuma.test" else CONTINUE,
    end=lambda headers: VERDICTS.get(headers.get("X-Test"), CONTINUE),
)

# Accepted.
client = Client("127.0.1.1")
client.hello()
client.mail("a@p1.test", "ann@kuma.test")
client.quit()

# One session: rejected, told to try later, dropped in silence (all three after the whole message), then accepted.
client = Client("127.0.1.2")
client.hello("mx.p2.test")
for verdict in ("reject", "later", "drop", "none"):
    client.mail("b@p2.test", "ann@kuma.test", text=letter("b@p2.test", f"X-Test: {verdict}"))
client.quit()

# One of two recipients rejected by the milter at RCPT.
client = Client("127.0.1.3")
client.hello("mx.p3.test")
client.mail("c@p3.test", "carl@kuma.test", "bob@kuma.test")
client.quit()

# The only recipient rejected by the milter at RCPT; DATA all the same.
client = Client("127.0.2.1")
client.hello("spam.test")
client.mail("x@p4.test", "carl@kuma.test")
client.quit()

# The same verdict on a message that came with BDAT, in two chunks.
client = Client("127.0.1.4")
client.hello("mx.p4.test")
client.envelope("d@p4.test", "ann@kuma.test")
client.chunk("X-Test: reject\r\n")
client.chunk("\r\nHello.\r\n", last=True)
client.quit()
finish()
