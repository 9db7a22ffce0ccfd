import socket

from smtp import Client, Server, finish


class Server6(Server):
    address_family = socket.AF_INET6


Server6("fd00:1::1")

# A partner with a name, a stranger without one, the server itself, and an IPv4 partner beside them.
client = Client("fd00:1::1", server="::1")
client.hello("mx6.p1.test")
client.mail("a@six.test", "ann@kuma.test")
client.quit()
client = Client("fd00:2::1", server="::1")
client.hello("spam.test")
client.mail("x@p2.test", "ghost@kuma.test")
client.quit()
client = Client("127.0.1.2")
client.hello("mx.p2.test")
client.mail("b@p2.test", "bob@kuma.test")
client.quit()

# An address literal in HELO and in the recipient.
client = Client("fd00:2::1", server="::1")
client.hello("[IPv6:fd00:2::1]")
client.mail("x@p2.test", "y@[IPv6:fd00:2::1]")
client.quit()

# Out by IPv6.
client = Client("::1", server="::1")
client.hello("webmail.kuma.test")
client.mail("ann@kuma.test", "a@six.test")
client.quit()
finish()
