# A milter on port 25, asked at every step.
postconf -e 'smtpd_milters = inet:127.0.0.1:10030' 'milter_default_action = accept'
