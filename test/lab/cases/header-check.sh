# cleanup looks at each header and body line; every action that leaves a line in the log.
cat >/etc/postfix/header_checks <<'TABLE'
/^X-Test: reject/    REJECT No spam here
/^X-Test: later/     REJECT 4.7.1 Come back later
/^X-Test: warn/      WARN looks odd
/^X-Test: hold/      HOLD to be looked at
/^X-Test: discard/   DISCARD known spam
/^X-Test: redirect/  REDIRECT carl@kuma.test
/^X-Test: prepend/   PREPEND X-Seen: yes
/^X-Test: replace/   REPLACE X-Test: gone
/^X-Test: info/      INFO for the record
TABLE
echo '/body-spam/ REJECT' >/etc/postfix/body_checks
postconf -e 'header_checks = regexp:/etc/postfix/header_checks' 'body_checks = regexp:/etc/postfix/body_checks'
