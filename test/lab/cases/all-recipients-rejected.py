from smtp import Client, finish

# Three unknown users, then DATA all the same.
client = Client("127.0.2.1")
client.hello("spam.test")
client.mail("x@p1.test", "ghost1@kuma.test", "ghost2@kuma.test", "ghost3@kuma.test")
client.quit()

# Two unknown users, then QUIT.
client = Client("127.0.2.2")
client.hello("spam.test")
client.envelope("x@p1.test", "ghost1@kuma.test", "ghost2@kuma.test")
client.quit()

# One unknown user, and gone without QUIT.
client = Client("127.0.2.3")
client.hello("spam.test")
client.envelope("x@p1.test", "ghost1@kuma.test")
client.close()

# Pipelined: the client sends DATA before it knows, and gives up when it is refused.
client = Client("127.0.2.4")
client.hello("spam.test")
client.send("MAIL FROM:<x@p1.test>\r\nRCPT TO:<ghost1@kuma.test>\r\nDATA\r\n")
for _ in range(3):
    client.reply()
client.quit()

# An unknown user and a foreign domain.
client = Client("127.0.2.5")
client.hello("spam.test")
client.mail("x@p1.test", "ghost1@kuma.test", "y@p5.test")
client.quit()
finish()
