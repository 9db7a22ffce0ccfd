from smtp import Client, finish, letter, settle


def start(source, name="spam.test"):
    client = Client(source)
    client.hello(name)
    return client


# Health probes: QUIT at once; gone at once.
Client("127.0.1.5").quit()
Client("127.0.1.5").close()

# Gone after each step.
start("127.0.2.1").close()
client = start("127.0.2.1")
client.say("MAIL FROM:<x@p1.test>")
client.close()
client = start("127.0.2.1")
client.envelope("x@p1.test", "ann@kuma.test")
client.close()

# Gone in the middle of DATA, and asleep in the middle of DATA.
client = start("127.0.1.1", "mx.p1.test")
client.envelope("a@p1.test", "ann@kuma.test")
client.say("DATA")
client.send("From: <a@p1.test>\r\n")
client.close()
client = start("127.0.1.2", "mx.p2.test")
client.envelope("b@p2.test", "ann@kuma.test")
client.say("DATA")
client.send("From: <b@p2.test>\r\n")
settle(4)
client.close()

# Asleep after HELO, and before it.
for client in (start("127.0.2.2"), Client("127.0.2.2")):
    settle(4)
    client.reply()
    client.close()

# One message accepted, then gone without QUIT.
client = start("127.0.1.3", "mx.p3.test")
client.mail("c@p3.test", "ann@kuma.test")
client.close()

# Too many errors: unknown users, until the server hangs up.
client = start("127.0.2.3")
client.say("MAIL FROM:<x@p1.test>")
for number in range(4):
    client.say(f"RCPT TO:<ghost{number}@kuma.test>")
client.reply()
client.close()

# Commands that do not exist; a web client.
client = start("127.0.2.4")
client.say("XYZZY")
client.quit()
client = Client("127.0.2.4")
client.say("GET / HTTP/1.0")
client.close()

# Says DATA and the message at once, without having asked whether it may.
client = Client("127.0.2.5")
client.say("HELO spam.test")
client.send("MAIL FROM:<x@p1.test>\r\nRCPT TO:<ann@kuma.test>\r\nDATA\r\n" + letter("x@p1.test") + "\r\n.\r\n")
for _ in range(3):
    client.reply()
client.close()
settle()

# Rate limits of anvil: the third message, the sixth recipient, the fifth connection.
client = start("127.0.2.6")
for _ in range(3):
    client.mail("x@p1.test", "ann@kuma.test")
client.quit()
client = start("127.0.2.7")
client.envelope("x@p1.test", *["ann@kuma.test", "bob@kuma.test", "carl@kuma.test"] * 2)
client.quit()
for _ in range(5):
    Client("127.0.2.8").close()
finish()
