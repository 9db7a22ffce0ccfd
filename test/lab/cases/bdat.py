from smtp import Client, finish, letter


def start(number):
    client = Client(f"127.0.1.{number}")
    client.hello(f"mx.p{number}.test")
    return client


def chunks(client, sender, *parts, to="ann@kuma.test"):
    client.envelope(sender, to)
    for part in parts[:-1]:
        client.chunk(part)
    client.chunk(parts[-1], last=True)


# One chunk.
client = start(1)
chunks(client, "a@p1.test", letter("a@p1.test") + "\r\n")
client.quit()

# Three chunks, the last one empty.
client = start(2)
chunks(client, "b@p2.test", letter("b@p2.test") + "\r\n", "More.\r\n", "")
client.quit()

# Two messages in one session, two chunks each.
client = start(3)
for _ in range(2):
    chunks(client, "c@p3.test", letter("c@p3.test") + "\r\n", "More.\r\n")
client.quit()

# One session: a message with DATA, then one with three chunks.
client = start(4)
client.mail("d@p4.test", "ann@kuma.test")
chunks(client, "d@p4.test", letter("d@p4.test") + "\r\n", "More.\r\n", "More.\r\n")
client.quit()

# Rejected by its header after three chunks.
client = start(5)
chunks(client, "e@p5.test", letter("e@p5.test", "X-Test: reject") + "\r\n", "More.\r\n", "More.\r\n")
client.quit()

# No valid recipient, BDAT all the same.
client = start(6)
chunks(client, "f@p6.test", letter("f@p6.test") + "\r\n", to="ghost@kuma.test")
client.quit()

# Gone after the first of two chunks.
client = start(7)
client.envelope("g@p7.test", "ann@kuma.test")
client.chunk(letter("g@p7.test") + "\r\n")
client.close()

# A transaction given up with RSET after one chunk, then a whole message.
client = start(8)
client.envelope("h@p8.test", "ann@kuma.test")
client.chunk(letter("h@p8.test") + "\r\n")
client.say("RSET")
chunks(client, "h@p8.test", letter("h@p8.test") + "\r\n")
client.quit()
finish()
