from smtp import Client, finish, letter

# Good, unknown, good, unknown: one message for two.
client = Client("127.0.1.1")
client.hello()
client.mail("a@p1.test", "ann@kuma.test", "ghost1@kuma.test", "bob@kuma.test", "ghost2@kuma.test")
client.quit()

# The first one unknown: that is rejected before there is a queue file.
client = Client("127.0.1.2")
client.hello("mx.p2.test")
client.mail("b@p2.test", "ghost1@kuma.test", "ann@kuma.test", "y@p5.test")
client.quit()

# Three transactions in one session: given up with RSET, sent, all recipients rejected.
client = Client("127.0.1.3")
client.hello("mx.p3.test")
client.envelope("c@p3.test", "ann@kuma.test")
client.say("RSET")
client.mail("c@p3.test", "bob@kuma.test", "ghost1@kuma.test")
client.mail("c@p3.test", "ghost2@kuma.test")
client.quit()

# Pipelined, one of two rejected.
client = Client("127.0.1.4")
client.hello("mx.p4.test")
client.send("MAIL FROM:<d@p4.test>\r\nRCPT TO:<ghost1@kuma.test>\r\nRCPT TO:<carl@kuma.test>\r\nDATA\r\n")
for _ in range(4):
    client.reply()
client.send(letter("d@p4.test") + "\r\n.\r\n")
client.count(client.reply())
client.quit()
finish()
