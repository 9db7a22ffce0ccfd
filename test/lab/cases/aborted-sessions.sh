# Short patience, so that limits are met with a few commands.
postconf -e 'smtpd_timeout = 3s' 'smtpd_hard_error_limit = 4' 'smtpd_data_restrictions = reject_unauth_pipelining' \
  'smtpd_client_connection_rate_limit = 4' 'smtpd_client_message_rate_limit = 2' 'smtpd_client_recipient_rate_limit = 5' \
  'smtpd_client_event_limit_exceptions = 127.0.1.0/24'
