# The server also listens on ::1, and sends to a partner that has an IPv6 address only.
postconf -e 'mynetworks = 127.0.0.1/32 [::1]/128'
