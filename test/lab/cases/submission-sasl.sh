# AUTH by Dovecot, on port 587 (with its own name in the log) and on port 25.
dovecot=yes
postconf -M 'submission/inet=submission inet n - n - - smtpd'
postconf -P 'submission/inet/syslog_name=postfix/submission' \
  'submission/inet/smtpd_recipient_restrictions=permit_sasl_authenticated,reject'
postconf -e 'smtpd_sasl_auth_enable = yes' 'smtpd_sasl_type = dovecot' 'smtpd_sasl_path = private/auth' \
  'smtpd_recipient_restrictions = permit_sasl_authenticated, reject_unauth_destination'
