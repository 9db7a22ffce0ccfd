#!/bin/bash
# The first process inside the namespaces: sets the host up, runs one case, copies the logs out.
set -euo pipefail
case=$1 fixture=$2
lab=$(dirname "$(readlink -f "$0")")
export TZ=UTC LC_ALL=C PYTHONPATH=$lab PYTHONDONTWRITEBYTECODE=1

hostname gpo
ip link set lo up
ip addr add fd00:1::1/64 dev lo # a partner with IPv6
ip addr add fd00:2::1/64 dev lo # a stranger with IPv6

# All changes to these trees live in memory and go with the namespace.
mount -t tmpfs tmpfs /mnt
for tree in etc var run dev; do
  mkdir "/mnt/$tree" "/mnt/$tree.work"
  mount -t overlay overlay -o "lowerdir=/$tree,upperdir=/mnt/$tree,workdir=/mnt/$tree.work" "/$tree"
done
rm -f /etc/resolv.conf /var/log/mail.log
echo "nameserver 127.0.0.1" >/etc/resolv.conf
printf '127.0.0.1 localhost gpo\n::1 localhost\n' >/etc/hosts
echo "hosts: files dns" >>/etc/nsswitch.conf
for user in ann bob carl; do useradd --no-create-home "$user"; done

cp -r "$lab/etc/named.conf" "$lab/etc/zones" /etc/bind/
cp "$lab/etc/dovecot.conf" /etc/dovecot/
cp "$lab/etc/main.cf" /usr/share/postfix/master.cf.dist /etc/postfix/
mv /etc/postfix/master.cf.dist /etc/postfix/master.cf
postconf -F '*/*/chroot=n'
driver=$case dovecot=no
. "$lab/cases/$case.sh"

wait_for() { for _ in {1..100}; do "$@" 2>/dev/null && return; sleep 0.1; done; echo "gave up: $*" >&2; exit 1; }
listens() { : >"/dev/tcp/127.0.0.1/$1"; }
queue_is_empty() { [ -z "$(find /var/spool/postfix/{maildrop,incoming,active} -type f)" ]; }

named-checkconf -z >/var/log/named.log || { cat /var/log/named.log; exit 1; }
setsid named -f >/var/log/named.log 2>&1 </dev/null &
wait_for listens 53
if [ "$dovecot" = yes ]; then
  setsid /usr/bin/python3 "$lab/syslogd.py" /var/log/dovecot.log >/dev/null 2>&1 </dev/null &
  wait_for test -S /dev/log
  dovecot
fi
postfix start 2>/dev/null
# The driver also plays the partner's server, filter, milter and policy service: it ends when the queue is empty.
setsid /usr/bin/python3 "$lab/cases/$driver.py" >/var/log/dialogue.txt 2>&1 </dev/null || { tail -20 /var/log/dialogue.txt; exit 1; }
wait_for queue_is_empty
sleep 1
postfix stop 2>/dev/null

cp /var/log/mail.log /var/log/query.log /var/log/dialogue.txt "$fixture/"
if [ "$dovecot" = yes ]; then cp /var/log/dovecot.log "$fixture/"; fi
