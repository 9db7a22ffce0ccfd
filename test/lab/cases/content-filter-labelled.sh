# The re-injection listener has a name of its own in the log.
. "$lab/filter.sh"
postconf -P '127.0.0.1:10026/inet/syslog_name=postfix/reinject'
export XFORWARD=yes
