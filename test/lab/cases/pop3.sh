# Dovecot on port 110, mail by Postfix.
dovecot=yes
mkdir --mode=1777 /run/folders
