# The re-injection listener logs as postfix/smtpd, like port 25.
. "$lab/filter.sh"
export XFORWARD=yes
