from smtp import Client, finish, letter, settle

# One session for each action.
for action in ("none", "reject", "later", "warn", "hold", "discard", "redirect", "prepend", "replace", "info"):
    client = Client("127.0.1.1")
    client.hello()
    client.mail("a@p1.test", "ann@kuma.test", "bob@kuma.test", text=letter("a@p1.test", f"X-Test: {action}"))
    client.quit()
    settle(0.3)

# The body, and two messages in one session of which the first is rejected.
client = Client("127.0.1.2")
client.hello("mx.p2.test")
client.mail("b@p2.test", "ann@kuma.test", text=letter("b@p2.test") + "\r\nbody-spam\r\nbody-spam again")
client.mail("b@p2.test", "ann@kuma.test")
client.quit()
finish()
