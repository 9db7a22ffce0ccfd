"""The part of a syslog daemon that Dovecot needs: /dev/log to a file, in the traditional format."""
import re
import socket
import sys

server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
server.bind("/dev/log")
with open(sys.argv[1], "a", buffering=1) as log:
    while True:
        line = server.recv(65536).decode()
        log.write(re.sub(r"^<\d+>(.{15}) ", r"\1 gpo ", line).rstrip("\0\n") + "\n")
