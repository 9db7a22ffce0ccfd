# CHUNKING is on by default; one header is refused, to see what a rejection after BDAT looks like.
echo '/^X-Test: reject/ REJECT' >/etc/postfix/header_checks
postconf -e 'header_checks = regexp:/etc/postfix/header_checks'
