#!/bin/bash
# Records one case, or all of them, from real daemons: record.sh CASE|all
set -euo pipefail
lab=$(dirname "$(readlink -f "$0")")
fixtures=$(dirname "$lab")/fixtures

die() { echo "record.sh: $*" >&2; exit 1; }

[ $# -eq 1 ] || die "usage: record.sh CASE|all, where CASE is one of: $(cd "$lab/cases" && echo *.sh | sed 's/\.sh//g')"
[ "$(id -u)" = 0 ] || die "must run as root, to make its own namespaces."
for needed in postfix:postfix named:bind9 dovecot:dovecot-pop3d python3:python3 ip:iproute2; do
  command -v "${needed%:*}" >/dev/null ||
    die "needs ${needed%:*}; install it with: apt-get install postfix bind9 dovecot-core dovecot-pop3d python3 iproute2"
done

cases=$1
[ "$1" = all ] && cases=$(cd "$lab/cases" && ls -- *.sh | sed 's/\.sh$//')

status=0
for case in $cases; do
  [ -f "$lab/cases/$case.sh" ] || die "no case $case in $lab/cases."
  mkdir -p "$fixtures/$case"
  # Own mounts, host name, network and processes: every daemon has its usual paths and ports, the
  # machine sees none of it, and all of it ends with the first process inside.
  unshare --mount --uts --net --pid --fork --mount-proc "$lab/inside.sh" "$case" "$fixtures/$case" ||
    die "the recording of $case failed; see the messages above."
  /usr/bin/python3 "$lab/check.py" "$fixtures/$case" || status=1
done
exit $status
