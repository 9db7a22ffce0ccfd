# The listener has a name of its own, and the filter does not forward the client (no XFORWARD).
. "$lab/filter.sh"
postconf -P '127.0.0.1:10026/inet/syslog_name=postfix/reinject'
export XFORWARD=no
