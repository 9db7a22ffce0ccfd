# One restriction for each reason to refuse; and some that do not refuse.
# One smtpd process: it remembers blocklist answers, so with several the number of queries would be left to chance.
postconf -F 'smtp/inet/process_limit=1'
postconf -e 'smtpd_helo_required = yes' \
  'smtpd_client_restrictions = check_client_access inline:{{127.0.2.1=reject}}' \
  'smtpd_helo_restrictions = reject_invalid_helo_hostname, reject_non_fqdn_helo_hostname, check_helo_access inline:{{bad.test=reject}}' \
  'smtpd_sender_restrictions = check_sender_access inline:{{bad@p1.test=reject}, {warn@p1.test=warn}, {drop@p1.test=discard}, {hold@p1.test=hold}}, reject_unknown_sender_domain, reject_non_fqdn_sender' \
  'smtpd_recipient_restrictions = reject_non_fqdn_recipient, reject_unauth_destination, check_client_access inline:{{127.0.2.4=reject_unknown_client_hostname}}, reject_rbl_client dnsbl.test, warn_if_reject reject_unknown_helo_hostname, check_recipient_access inline:{{carl@kuma.test=reject}}, check_policy_service inet:127.0.0.1:10031'
