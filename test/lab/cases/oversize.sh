# Messages of up to 4,000 bytes.
postconf -e 'message_size_limit = 4000'
