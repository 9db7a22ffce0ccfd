from smtp import Client, Server, finish

Server("127.0.1.1")
Server("127.0.1.2")


def pc(number, port=587):
    client = Client(f"127.0.6.{number}", port=port, role="submission")
    client.hello(f"pc{number}.kuma.test")
    return client


# Port 587: one message out.
client = pc(1)
client.login("ann", "secret")
client.mail("ann@kuma.test", "a@p1.test")
client.quit()

# A wrong password, then the right one, and a message for two domains.
client = pc(2)
client.login("bob", "wrong")
client.login("bob", "secret")
client.mail("bob@kuma.test", "a@p1.test", "b@p2.test")
client.quit()

# Only a wrong password.
client = pc(3)
client.login("carl", "wrong")
client.quit()

# No AUTH at all: refused at RCPT.
client = pc(4)
client.envelope("carl@kuma.test", "a@p1.test")
client.quit()
finish()

# Port 25, authenticated: a message, then a session with AUTH and nothing else.
client = pc(5, port=25)
client.login("ann", "secret")
client.mail("ann@kuma.test", "a@p1.test")
client.quit()
client = pc(5, port=25)
client.login("ann", "secret")
client.quit()

# Port 25, a stranger guesses a password (PLAIN, then LOGIN) and hangs up.
client = Client("127.0.2.1")
client.hello("spam.test")
client.login("ann", "guess")
client.say("AUTH LOGIN")
client.say("YW5u")
client.say("Z3Vlc3M=")
client.close()

# Port 25, a stranger asks for AUTH and hangs up in the middle of it.
client = Client("127.0.2.2")
client.hello("spam.test")
client.say("AUTH LOGIN")
client.close()

# Port 25, a partner's mail as ever.
client = Client("127.0.1.1")
client.hello()
client.mail("a@p1.test", "ann@kuma.test")
client.quit()
finish()
