# postscreen in front of port 25, with the tests that run before the greeting.
postconf -M 'smtp/inet=smtp inet n - n - 1 postscreen' 'smtpd/pass=smtpd pass - - n - - smtpd' \
  'dnsblog/unix=dnsblog unix - - n - 0 dnsblog'
postconf -e 'mynetworks = 127.0.0.1/32 127.0.6.0/24' 'postscreen_greet_wait = 2s' \
  'postscreen_greet_action = enforce' 'postscreen_dnsbl_action = enforce' 'postscreen_dnsbl_sites = dnsbl.test' \
  'postscreen_denylist_action = enforce' 'postscreen_access_list = permit_mynetworks, inline:{{127.0.2.6=reject}}'
