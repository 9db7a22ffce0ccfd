from smtp import Client, finish

# A partner: told to come back (450), passes at its QUIT, is let through the second time.
for _ in range(2):
    client = Client("127.0.1.1")
    client.hello()
    client.mail("a@p1.test", "ann@kuma.test")
    client.quit()

# A web client (NON-SMTP COMMAND).
client = Client("127.0.2.1")
client.say("GET / HTTP/1.1")
client.close()

# A line that ends in a bare newline (BARE NEWLINE).
client = Client("127.0.2.2")
client.send("EHLO spam.test\n")
client.reply()
client.envelope("x@spam.test", "ann@kuma.test")
client.quit()

# Does not wait for the answer to EHLO (COMMAND PIPELINING).
client = Client("127.0.2.3")
client.send("HELO spam.test\r\nMAIL FROM:<x@spam.test>\r\nRCPT TO:<ann@kuma.test>\r\n")
for _ in range(3):
    client.reply()
client.quit()
finish()
