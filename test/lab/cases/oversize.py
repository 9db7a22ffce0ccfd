from smtp import Client, finish, letter

LONG = ("x" * 70 + "\r\n") * 100

# Says its size: refused at MAIL; the client goes through the motions.
client = Client("127.0.1.1")
client.hello()
client.say("MAIL FROM:<a@p1.test> SIZE=7000")
client.say("RCPT TO:<ann@kuma.test>")
client.quit()

# Does not say it: refused after the last byte; then a small one in the same session.
client = Client("127.0.1.2")
client.hello("mx.p2.test")
client.mail("b@p2.test", "ann@kuma.test", text=letter("b@p2.test") + "\r\n" + LONG)
client.mail("b@p2.test", "ann@kuma.test")
client.quit()

# The same with BDAT: the first chunk is small enough, the second is not.
client = Client("127.0.1.3")
client.hello("mx.p3.test")
client.envelope("c@p3.test", "ann@kuma.test")
client.chunk(letter("c@p3.test") + "\r\n")
client.chunk(LONG, last=True)
client.quit()

# Says a size that fits, and keeps to it.
client = Client("127.0.1.4")
client.hello("mx.p4.test")
client.say("MAIL FROM:<d@p4.test> SIZE=300")
client.say("RCPT TO:<ann@kuma.test>")
client.body(letter("d@p4.test"))
client.quit()
finish()
