# An after-queue content filter on loopback: sourced by the content-filter cases.
postconf -e 'content_filter = scan:[127.0.0.1]:10025'
postconf -M 'scan/unix=scan unix - - n - 1 smtp -o smtp_send_xforward_command=yes' \
  '127.0.0.1:10026/inet=127.0.0.1:10026 inet n - n - - smtpd'
postconf -P '127.0.0.1:10026/inet/content_filter=' \
  '127.0.0.1:10026/inet/smtpd_authorized_xforward_hosts=127.0.0.0/8' \
  '127.0.0.1:10026/inet/receive_override_options=no_unknown_recipient_checks'
driver=content-filter
