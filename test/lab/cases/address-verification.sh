# Postfix asks the next server about an address before it accepts it: recipients of a relayed domain, senders of p3.test.
postconf -e 'relay_domains = p2.test, p9.test' 'address_verify_poll_delay = 1s' \
  'smtpd_sender_restrictions = check_sender_access inline:{{p3.test=reject_unverified_sender}}' \
  'smtpd_recipient_restrictions = reject_unauth_destination, check_recipient_access inline:{{p2.test=reject_unverified_recipient}, {p9.test=reject_unverified_recipient}}'
