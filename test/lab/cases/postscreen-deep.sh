# postscreen's tests after the greeting: it has to speak SMTP itself, and a new client must come back.
. "$lab/cases/postscreen.sh"
postconf -e 'postscreen_non_smtp_command_enable = yes' 'postscreen_bare_newline_enable = yes' \
  'postscreen_pipelining_enable = yes' 'postscreen_bare_newline_action = enforce'
