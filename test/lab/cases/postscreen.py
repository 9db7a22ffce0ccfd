from smtp import Client, finish, settle

# A partner for the first time (PASS NEW), and again (PASS OLD).
for _ in range(2):
    client = Client("127.0.1.1")
    client.hello()
    client.mail("a@p1.test", "ann@kuma.test")
    client.quit()

# An own PC: no tests (ALLOWLISTED).
client = Client("127.0.6.1")
client.hello("pc1.kuma.test")
client.mail("bob@kuma.test", "ann@kuma.test")
client.quit()

# Talks before the greeting (PREGREET), then goes through the motions.
client = Client("127.0.2.1", greeting=False)
client.say("EHLO spam.test")
client.envelope("x@spam.test", "ann@kuma.test", "bob@kuma.test")
client.quit()

# Listed (DNSBL): tries a recipient; and once more, but says nothing.
client = Client("127.0.2.5")
client.hello("spam.test")
client.envelope("x@spam.test", "ann@kuma.test")
client.quit()
client = Client("127.0.2.5")
client.quit()

# Gone before the greeting (HANGUP).
client = Client("127.0.2.2", greeting=False)
settle(0.3)
client.close()

# In the access list (DENYLISTED).
client = Client("127.0.2.6")
client.hello("spam.test")
client.envelope("x@spam.test", "ann@kuma.test")
client.quit()

# Listed, and gone in the middle of a session with postscreen (HANGUP after a test that failed).
client = Client("127.0.2.5")
client.hello("spam.test")
client.close()

# Passes the tests, then is refused by smtpd for an unknown user.
client = Client("127.0.2.3")
client.hello("new.test")
client.envelope("x@p2.test", "ghost@kuma.test")
client.quit()
finish()
