from smtp import Client, finish, settle


class Pop3(Client):
    def __init__(self, source):
        super().__init__(source, port=110, role="pop3")

    def login(self, user, password):
        self.say(f"USER {user}")
        self.say(f"PASS {password}")


# One message for ann, who fetches and deletes it.
client = Client("127.0.1.1")
client.hello()
client.mail("a@p1.test", "ann@kuma.test")
client.quit()
finish()
client = Pop3("127.0.6.1")
client.login("ann", "secret")
client.say("STAT")
client.say("RETR 1")
while client.reply() != ".":
    pass
client.say("DELE 1")
client.quit()

# An empty mailbox; then gone without QUIT.
client = Pop3("127.0.6.2")
client.login("bob", "secret")
client.quit()
client = Pop3("127.0.6.2")
client.login("bob", "secret")
client.close()
settle()

# A wrong password, and QUIT; two wrong passwords and then the right one; a user who does not exist, and gone.
client = Pop3("127.0.6.3")
client.login("carl", "wrong")
client.quit()
client = Pop3("127.0.6.3")
client.login("carl", "wrong")
client.login("carl", "wrong")
client.login("carl", "secret")
client.quit()
client = Pop3("127.0.2.1")
client.login("ghost", "wrong")
client.close()

# A probe: no login at all, with and without QUIT.
Pop3("127.0.2.2").quit()
Pop3("127.0.2.2").close()
finish()
