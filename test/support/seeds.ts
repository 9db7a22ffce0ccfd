import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/**
 * Example lines of every format that is read, each kind of line at least once: they are fuzzed, measured and checked
 * together. Whoever adds a program or a form of envelope adds its lines here.
 */
export const SEEDS: Readonly<Record<string, readonly string[]>> = {
  Postfix: [
    ...syslog(
      'postfix/smtpd[22658]',
      String.raw`
      connect from unknown[192.0.2.5]
      connect from mx.example.com[IPv6:2001:db8::1]
      disconnect from mx.example.com[192.0.2.1] ehlo=1 mail=1 rcpt=1 data=1 quit=1 commands=5
      0000 16 03 01 02 00 01 00 01|fc 03 03 5a 1b 9c 7e 40  ........ ...Z..~@
      disconnect from unknown[192.0.2.5] helo=1 ehlo=1 starttls=1 auth=0/3 mail=2/3 rcpt=1/4 bdat=2 rset=1 noop=1 vrfy=0/1 etrn=0/1 xclient=1 xforward=1 unknown=0/2 commands=9/20
      disconnect from unknown[192.0.2.5]
      8848BC46B5: client=mx.example.com[192.0.2.1]
      4Zb1Yx2Kj3z5vR: client=a.example[192.0.2.1], sasl_method=PLAIN, sasl_username=joe@example.com, sasl_sender=j@example.com
      8848BC46B5: client=localhost[127.0.0.1], orig_queue_id=4Zb1Yx2Kj3z5vR, orig_client=mx.example.com[IPv6:2001:db8::7]
      NOQUEUE: client=a.example[192.0.2.1]
      NOQUEUE: reject: RCPT from unknown[192.0.2.5]: 550 5.1.1 <r@y.example>: Recipient address rejected: User unknown in local recipient table; from=<s@x.example> to=<r@y.example> proto=ESMTP helo=<h.example>
      NOQUEUE: reject: RCPT from mx.example.com[192.0.2.1]: 554 5.7.1 <r@y.example>: Relay access denied; from=<"a b; from=<"@x.example> to=<r@y.example> proto=ESMTP helo=<[192.0.2.1]>
      NOQUEUE: reject: RCPT from mx.example.com[192.0.2.1]: 450 4.2.0 <r@y.example>: Recipient address rejected: Greylisted, see http://greylist.example/; from=<> to=<r@y.example> proto=SMTP
      NOQUEUE: reject: MAIL from a.example[192.0.2.1]: 552 5.3.4 Message size exceeds fixed limit; proto=ESMTP helo=<h> sasl_method=PLAIN sasl_username=joe@example.com sasl_sender=s@x.example
      8848BC46B5: milter-reject: END-OF-MESSAGE from a.example[192.0.2.1]: 5.7.1 Spam; from=<s@x.example> to=<r@y.example> proto=ESMTP helo=<h>
      8848BC46B5: hold: RCPT from a.example[192.0.2.1]: <r@y.example>: Recipient address triggers HOLD action; from=<s@x.example> to=<r@y.example> proto=ESMTP helo=<h>
      NOQUEUE: reject_warning: CONNECT from a.example[192.0.2.1]: 554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using bl.example; proto=SMTP
      proxy-reject: END-OF-MESSAGE: 550 5.7.1 Banned; from=<s@x.example> to=<r@y.example> proto=ESMTP helo=<h>
      proxy-accept: END-OF-MESSAGE: 250 2.0.0 Ok: queued as X; from=<s@x.example> to=<r@y.example> proto=ESMTP helo=<h>
      reject: RCPT from a.example[192.0.2.1]: 554 <r@y.example>: Relay access denied; from=<s@x.example> to=<r@y.example>
      NOQUEUE: abort: TLS from a.example[192.0.2.1]: No client certificate presented
      lost connection after DATA (7774180 bytes) from a.example[192.0.2.1]
      8848BC46B5: timeout after END-OF-MESSAGE from a.example[192.0.2.1]
      too many errors after RCPT from a.example[192.0.2.1]
      improper command pipelining after DATA from a.example[192.0.2.1]: QUIT
      bare <LF> received after CONNECT from a.example[192.0.2.1]
      SSL_accept error from a.example[192.0.2.1]: lost connection
      warning: unknown[192.0.2.5]: SASL LOGIN authentication failed: UGFzc3dvcmQ6, sasl_username=joe@example.com
      warning: unknown[192.0.2.5]: SASL PLAIN authentication aborted
      warning: Connection rate limit exceeded: 61 from a.example[192.0.2.1] for service smtp
      warning: hostname a.example does not resolve to address 192.0.2.1: Name or service not known
      warning: 192.0.2.1: hostname a.example verification failed: Host not found
      warning: 192.0.2.1: address not listed for hostname a.example
      warning: non-SMTP command from a.example[192.0.2.1]: GET / HTTP/1.1
      warning: Illegal address syntax from a.example[192.0.2.1] in MAIL command: <x
      warning: a.example[192.0.2.1]: request longer than 2048: EHLO x...
      warning: ABCDE: malformed BDAT command syntax from a.example[192.0.2.1]: BDAT x
      warning: ABCDE: BDAT request from a.example[192.0.2.1] exceeds message size limit
      warning: TLS library problem: error:0A000126
      Anonymous TLS connection established from a.example[192.0.2.1]: TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)
      a.example[192.0.2.1]: subject_CN=a, issuer=b, fingerprint=c
      discarding EHLO keywords: CHUNKING
      statistics: max connection rate 1/60s for (smtp:192.0.2.1) at Nov 23 01:57:14
      `,
    ),
    ...syslog(
      'postfix/postscreen[3]',
      String.raw`
      CONNECT from [192.0.2.5]:54321 to [198.51.100.1]:25
      PASS NEW [192.0.2.5]:54321
      PASS OLD [2001:db8::1]:54321
      PREGREET 14 after 0.12 from [192.0.2.5]:4711: EHLO x\r\n
      DNSBL rank 3 for [192.0.2.5]:4711
      HANGUP after 63 from [192.0.2.5]:4711 in tests after SMTP handshake
      NON-SMTP COMMAND from [192.0.2.5]:4711 after CONNECT: GET / HTTP/1.1
      COMMAND COUNT LIMIT from [192.0.2.5]:4711 after RCPT
      NOQUEUE: reject: RCPT from [192.0.2.5]:55: 550 5.7.1 Service unavailable; client [192.0.2.5] blocked using zen.example; from=<s@x.example>, to=<r@y.example>, proto=ESMTP, helo=<h>
      reject: connect from [192.0.2.5]:55: all screening ports busy
      DISCONNECT [192.0.2.5]:55
      cache btree:/var/lib/postfix/postscreen_cache full cleanup: retained=242 dropped=7 entries
      `,
    ),
    ...syslog(
      'postfix/cleanup[22648]',
      String.raw`
      8848BC46B5: message-id=<75261536549315@c.example>
      8848BC46B5: resent-message-id=<x@y.example>
      8848BC46B5: removed (canceled)
      8848BC46B5: reject: header Subject: pills from a.example[192.0.2.1]; from=<s@x.example> to=<r@y.example> proto=ESMTP helo=<h>: 5.7.1 No pills
      8848BC46B5: warning: body buy from local; from=<root@x.example> to=<r@y.example>
      8848BC46B5: milter-reject: END-OF-MESSAGE from a.example[192.0.2.1]: 4.7.1 Try later; from=<s@x.example> to=<r@y.example> proto=ESMTP helo=<h>
      8848BC46B5: to=<r@y.example>, relay=none, delay=0.1, delays=0.1/0/0/0, dsn=5.1.1, status=bounced (User unknown in virtual alias table)
      `,
    ),
    ...syslog(
      'postfix/qmgr[3]',
      String.raw`
      8848BC46B5: from=<s@x.example>, size=1234, nrcpt=2 (queue active)
      8848BC46B5: from=<>, size=2345, nrcpt=1 (queue active)
      8848BC46B5: from=<a>, size=1, nrcpt=1 (queue active)@x.example>, size=1234, nrcpt=2 (queue active)
      8848BC46B5: from=<s@x.example>, status=expired, returned to sender
      8848BC46B5: to=<r@y.example>, relay=none, delay=3, status=deferred (transport is unavailable)
      8848BC46B5: skipped, still being delivered
      8848BC46B5: removed
      `,
    ),
    ...syslog(
      'postfix/smtp[3]',
      String.raw`
      8848BC46B5: to=<r@y.example>, relay=mx.y.example[192.0.2.1]:25, delay=1.2, delays=0.1/0/0.1/1, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as X)
      8848BC46B5: to=<r@y.example>, orig_to=<o@z.example>, relay=mx.y.example[192.0.2.1]:25, conn_use=3, delay=63495, delays=1/2/3/4, tls=1/1, dsn=4.4.2, status=deferred (lost connection (while x))
      8848BC46B5: host mx.y.example[192.0.2.1] said: 450 4.7.1 Greylisted (in reply to RCPT TO command)
      connect to mx.y.example[192.0.2.1]:25: Connection refused
      mx.y.example[192.0.2.1]:25: subject_CN=mx.y, issuer=z
      `,
    ),
    ...syslog('postfix/pickup[3]', '8848BC46B5: uid=1000 from=<joe> orig_id=4Zb1Yx2Kj3z5vR'),
    ...syslog('postfix/bounce[3]', '8848BC46B5: sender non-delivery notification: 4Zb1Yx2Kj3z5vR'),
    ...syslog('postfix/postsuper[3]', '8848BC46B5: removed\n8848BC46B5: placed on hold'),
    ...syslog('postfix/anvil[3]', 'statistics: max cache size 2 at Nov 23 01:57:14'),
  ],
  Dovecot: syslog(
    'dovecot',
    String.raw`
    pop3-login: Login: user=<joe@example.com>, method=PLAIN, rip=192.0.2.1, lip=198.51.100.1, mpid=7, TLS, session=<UH7C6edgpsR/AAAB>
    pop3-login: Info: Logged in: user=<joe>, method=PLAIN, rip=2001:db8::1, lip=2001:db8::2
    pop3-login: Aborted login (auth failed, 1 attempts in 2 secs): user=<joe>, method=PLAIN, rip=192.0.2.1, lip=198.51.100.1
    pop3-login: Aborted login (no auth attempts in 0 secs): user=<>, rip=192.0.2.1, lip=198.51.100.1
    pop3-login: Error: Timeout waiting for handshake
    pop3(joe)<22742><UH7C6edgpsR/AAAB>: Disconnected: Logged out top=0/0, retr=0/0, del=0/0, size=0
    pop3(joe@example.com): Disconnected: Logged out top=0/0
    pop3-login: Disconnected: Inactivity (no auth): user=<joe>, rip=192.0.2.1, lip=198.51.100.1
    pop3-login: proxy(joe,198.51.100.7:110): Started proxying to remote host: user=<joe>, method=PLAIN, rip=192.0.2.1, lip=198.51.100.1
    pop3(joe)<1><x>: Error: Mailbox is broken
    imap-login: Login: user=<joe>, method=PLAIN, rip=192.0.2.1, lip=198.51.100.1
    imap(joe)<1><x>: Disconnected: Logged out in=1 out=2
    auth: Error: auth client 0 disconnected with 1 pending requests: EOF
    `,
  ),
  'BIND 9': [
    ...syslog(
      'named[1]',
      String.raw`
      client 192.0.2.1#50857 (mx.example.com): query: mx.example.com IN A + (127.0.0.1)
      client 192.0.2.1#50857: query: mx.example.com IN MX
      client 192.0.2.1#50857/key tsig.key (mx.example.com): query: mx.example.com IN A +
      client @0x7f69022a7098 2001:db8::1#50857 (x.example): view internal: query: x.example CH TXT +E(0)TDC (127.0.0.1) [ECS 203.0.113.0/24/0]
      client @0x7f 192.0.2.1#50857 (x.example): query (cache) 'x.example/A/IN' denied
      client 192.0.2.1#5 (x): zone transfer 'x/AXFR/IN' denied
      client @0x7f 192.0.2.1#5 (x.example): view v: response: x.example IN A NXDOMAIN 0 1 1 +E(0)K (127.0.0.1)
      client @0x7f 192.0.2.1#5 (x.example): query failed (SERVFAIL) for x.example/IN/A at query.c:7094
      client @0x7f 192.0.2.1#5 (x.example): query failed (REFUSED) for x.example/IN/A at query.c:7094
      zone example.com/IN: loaded serial 1
      `,
    ),
    ...lines(String.raw`
      23-Nov-2026 01:57:14.864 client @0x7f69022a7098 192.0.2.1#50857 (10.2.0.192.in-addr.arpa): query: 10.2.0.192.in-addr.arpa IN PTR +E(0)K (127.0.0.1)
      23-Nov-2026 01:57:14.864 queries: info: client @0x7f 192.0.2.1#50857 (x.example): view v: query: x.example IN AAAA +E(0)K (127.0.0.1)
      23-Nov-2026 01:57:14.864 security: debug 1: client 192.0.2.1#50857 (x.example): query 'x.example/A/IN' denied
      23-Nov-2026 01:57:14.864 general: info: running
      23-Nov-2026 01:57:14.000 AQ 2001:db8::1:50857 -> 2001:db8::53:53 TCP 55b a/b.example/IN/MX
      23-Nov-2026 01:57:14.000 RQ 192.0.2.1:5 -> 198.51.100.1:53 UDP 55b x/IN/A
      `),
  ],
  Unbound: [
    ...syslog(
      'unbound',
      String.raw`
      [1234:0] info: 192.0.2.1 mx.example.com. A IN
      [1234:0] info: 192.0.2.1 mx.example.com. A IN NXDOMAIN 0.010000 0 45 on udp 198.51.100.1 53
      [1234:0] reply: 192.0.2.1 - - - FORMERR - - -
      [1234:0] info: start of service (unbound 1.17.1).
      `,
    ),
    ...lines(String.raw`
      [1795399034] unbound[1234:0] info: 192.0.2.1 version.bind. TXT CH
      2026-11-23T01:57:14.000+00:00 unbound[1234:0] query: 2001:db8::1 mx.example.com. TYPE65534 CLASS32
      `),
  ],
  dnsmasq: [
    ...syslog(
      'dnsmasq[123]',
      String.raw`
      query[type=65] mx.example.com from 192.0.2.1
      12 2001:db8::1/53123 query[A] mx.example.com from 2001:db8::1
      TCP 12 2001:db8::1/53123 query[A] mx.example.com from 2001:db8::1
      12 192.0.2.1/53123 cached mx.example.com is NXDOMAIN
      12 192.0.2.1/53123 reply error is not implemented
      forwarded mx.example.com to 198.51.100.53
      `,
    ),
    ...syslog('dnsmasq-dhcp[123]', 'DHCPACK(eth0) 192.0.2.77 00:00:5e:00:53:01'),
    'Nov 23 01:57:14 dnsmasq[123]: query[AAAA] mx.example.com from 192.0.2.1',
  ],
  PowerDNS: [
    ...syslog(
      'pdns_recursor[12]',
      String.raw`
      1 [12/3] TCP question for 'mx.example.com|AAAA' from 192.0.2.1:53123 (ecs 203.0.113.0/24)
      1 [1/1] question for 'a|b|A' from 192.0.2.1:53123
      1 question answered from packet cache tag=0 from [2001:db8::1]:53123
      msg="Question" subsystem="syncres" qname="a\"b\\\\032c" qtype="A" remote="192.0.2.1:53123" proto="udp"
      msg="Answer" subsystem="syncres" level="0" tid="1" rcode="3" proto="tcp" qname="mx.example.com" qtype="A" remote="192.0.2.1:53123"
      Listening for UDP queries on 127.0.0.1:5313
      `,
    ),
    ...syslog(
      'pdns[12]',
      String.raw`
      Remote 192.0.2.1<-203.0.113.0/24 wants 'mx.example.com|A', do = 1, bufsize = 1232 (4096): packetcache HIT
      msg="Remote 192.0.2.1 wants 'mx.example.com|A', do = 0, bufsize = 512: packetcache MISS" prio="Notice"
      msg="Received TCP query" ts="1.2" packetcache="hit" remote="192.0.2.1" query="mx.example.com" type="A"
      packetcache MISS
      `,
    ),
    ...syslog(
      'dnsdist[12]',
      String.raw`
      [1795399034.123456789] Packet from [2001:db8::1]:53123 for mx.example.com. A with id 4711
      msg="Logging packet" prio="Info" ts="1.2" dns.question.class="IN" dns.question.name="mx.example.com." dns.question.type="A" proto="Do53 UDP" source.address="192.0.2.1:53123"
      Got answer from 198.51.100.53:53, relayed to 192.0.2.1:53123 (UDP), took 10 us
      `,
    ),
    '[1795399034.000000001] Packet from 192.0.2.1:53123 for . NS with id 4711',
  ],
  Qpopper: syslog(
    'popper[123]',
    String.raw`
    (v4.0.5) POP login by user "joe" at (a.example) 192.0.2.1 [pop_log.c:244]
    Stats: joe 0 0 1 1234 a.example 192.0.2.1 [pop_updt.c:296]
    joe at a.example (192.0.2.1): -ERR [AUTH] Password supplied for "joe" is incorrect. [pop_pass.c:1306]
    joe@a.example: -ERR Password supplied for "joe" is incorrect.
    (v4.0.9) Servicing request from "a.example" at 192.0.2.1 [pop_init.c:1408]
    `,
  ),
  Courier: [
    ...syslog(
      'pop3d',
      String.raw`
      LOGIN, user=joe, ip=[::ffff:192.0.2.1], port=[1234], protocol=POP3
      LOGIN FAILED, method=PLAIN, ip=[::ffff:192.0.2.1], port=[1234]
      LOGOUT, user=joe, ip=[::ffff:192.0.2.1], port=[1234], top=0, retr=0, rcvd=12, sent=39, time=0
      Connection, ip=[::ffff:192.0.2.1]
      `,
    ),
    ...syslog('imapd', 'LOGIN, user=joe, ip=[::ffff:192.0.2.1], port=[1234], protocol=IMAP'),
  ],
  Cyrus: [
    ...syslog(
      'cyrus/pop3[123]',
      String.raw`
      login: a.example [192.0.2.1] joe plaintext+TLS User logged in SESSIONID=<gpo-1-1-1>
      badlogin: a.example [192.0.2.1] plaintext (joe) [SASL(-13): authentication failure: checkpass failed]
      event=login.good r.sessionid=<gpo-1> r.clienthost="a.example [192.0.2.1]" u.username=joe login.mech=plaintext
      event=login.bad r.clienthost=[192.0.2.1] u.username=~null~ error=x
      counts: retr=<1> top=<0> dele=<0>
      `,
    ),
    ...syslog('cyrus/imap[123]', 'login: a.example [192.0.2.1] joe plaintext User logged in'),
  ],
  packets: [
    ...syslog(
      'kernel',
      String.raw`
      [123.456] DNS: IN=eth0 OUT= MAC=00:00:5e:00:53:01 SRC=192.0.2.25 DST=198.51.100.53 LEN=71 PROTO=UDP SPT=40000 DPT=53 LEN=51
      [lan-dns-A]IN=eth0 OUT=eth1 SRC=2001:db8::25 DST=2001:db8::53 LEN=71 PROTO=TCP SPT=40000 DPT=53 WINDOW=1 RES=0x00 SYN URGP=0
      [123.456] IN=eth0 OUT= SRC=192.0.2.25 DST=198.51.100.53 PROTO=ICMP TYPE=3 CODE=3 [SRC=192.0.2.25 DST=198.51.100.53 PROTO=UDP SPT=4 DPT=53 LEN=51 ]
      [123.456] eth0: link up
      `,
    ),
    ...syslog(
      'iplog[77]',
      String.raw`
      UDP: dgram to ns1.example:domain from 192.0.2.25:40000 (38 data bytes)
      TCP: domain connection attempt to 198.51.100.53 from 192.0.2.25:40000
      TCP: port scan detected [ports 53,25] from 192.0.2.25
      `,
    ),
    'Nov 23 01:57:14 UDP: dgram to domain from 192.0.2.25:40000 (38 data bytes)',
    ...lines(String.raw`
      1795399034.857497 CAcJw2 192.0.2.25 40000 198.51.100.53 53 udp 15209 0.0769 mx.example.com 1 C_INTERNET 15 MX 0 NOERROR F F T T 0 - - F
      1795399034.857497 CAcJw2 192.0.2.25 40000 198.51.100.53 53 udp 15209 mx.example.com 1 C_INTERNET 255 * - - F F T F 0 - - F
      1795399034.857497 CAcJw2 2001:db8::25 40000 2001:db8::53 53 udp dns 0.07 40 56 SF - - 0 Dd 1 68 1 84 -
      1795399034.857497 CAcJw2 192.0.2.25 40000 198.51.100.25 25 tcp smtp 0.07 40 56 SF - - 0 Dd 1 68 1 84 -
      `).map((line) => line.replaceAll(' ', '\t')),
  ],
  JSON: lines(String.raw`
    {"@timestamp":"2026-11-23T09:30:00.000Z","message":"Nov 23 01:57:14 gpo postfix/smtpd[22658]: connect from unknown[192.0.2.9]","host":{"name":"collector"},"log":{"offset":7}}
    {"@timestamp":"2026-11-23T01:57:14.857Z","event":{"original":"Nov 23 01:57:14 gpo postfix/qmgr[3]: 8848BC46B5: removed"},"message":"removed"}
    {"_index":"x","_source":{"@timestamp":"2026-11-23T09:30:00Z","message":"23-Nov-2026 01:57:14.864 client 192.0.2.1#50857 (x.example): query: x.example IN A +","host":{"name":"ns1"}}}
    {"@timestamp":"2026-11-23T09:30:00Z","message":"{\"log\":\"Nov 23 01:57:14 gpo dovecot: pop3-login: Login: user=<j\u00f6rg>, rip=192.0.2.1, lip=198.51.100.1\\n\"}"}
    {"@timestamp":["2026-11-23T01:57:14Z"],"message":["disconnect from a[192.0.2.1] ehlo=1 quit=1 commands=2"],"host":[{"name":["gpo"]}],"process":[{"name":"postfix/smtpd","pid":"7"}]}
    {"@timestamp":"2026-11-23T01:57:14Z","message":"connect from a[192.0.2.1]","host.name":"gpo","log":{"syslog":{"appname":"postfix/smtpd","procid":"22658"}}}
    {"@timestamp":"2026-11-23T09:30:00Z","timestamp":"Nov 23 01:57:14","logsource":"gpo","program":"postfix/smtpd","pid":"22658","message":"connect from a[192.0.2.1]"}
    {"timereported":"2026-11-23T02:57:14+01:00","hostname":"gpo","programname":"postfix","syslogtag":"postfix/smtpd[22658]:","msg":" connect from a[192.0.2.1]"}
    {"PROGRAM":"postfix/smtpd","PID":"22658","MESSAGE":"connect from a[192.0.2.1]","HOST":"gpo","ISODATE":"2026-11-23T01:57:14+00:00"}
    {"date":1795399034.5,"hostname":"gpo","message":"postfix/smtpd[22658]: connect from a[192.0.2.1]"}
    {"timestamp":"1795399034857123456","hostname":"gpo","program":"postfix/smtpd","message":"connect from a[192.0.2.1]"}
    {"__REALTIME_TIMESTAMP":"1795399034000123","_HOSTNAME":"gpo","SYSLOG_IDENTIFIER":"postfix/smtpd","_PID":"7","MESSAGE":"connect from a[192.0.2.1]"}
    {"__REALTIME_TIMESTAMP":"1795399034000123","_SOURCE_REALTIME_TIMESTAMP":"1795399033000123","_HOSTNAME":"gpo","SYSLOG_IDENTIFIER":"named","MESSAGE":[99,108,105,101,110,116,32,49,57,50,46,48,46,50,46,49,35,53,58,32,113,117,101,114,121,58,32,120,46,121,32,73,78,32,65,32,43]}
    {"@timestamp":"2026-11-23T01:57:14Z","type":"dns","client":{"ip":"192.0.2.1","port":40000},"server":{"ip":"198.51.100.53"},"network":{"transport":"udp","protocol":"dns"},"dns":{"id":681,"type":"answer","response_code":"NXDOMAIN","question":{"name":"x.example","type":"A","class":"IN"}}}
    {"@timestamp":"2026-11-23T01:57:14Z","type":"dns","client_ip":"192.0.2.1","client_port":40000,"ip":"198.51.100.53","port":53,"transport":"udp","dns":{"id":681,"question":{"name":"x.example","type":"A"}}}
    {"timestamp":"2026-11-23T01:57:14.1+0000","event_type":"dns","src_ip":"192.0.2.1","src_port":40000,"dest_ip":"198.51.100.53","proto":"UDP","dns":{"type":"query","id":681,"rrname":"x.example","rrtype":"MX"}}
    {"timestamp":"2026-11-23T01:57:14.1+0000","event_type":"dns","src_ip":"192.0.2.1","dest_ip":"198.51.100.53","proto":"UDP","dns":{"version":3,"type":"request","queries":[{"rrname":"x.example","rrtype":"MX"}]}}
    {"dnstap.operation":"CLIENT_RESPONSE","dnstap.identity":"ns1","dnstap.timestamp-rfc3339ns":"2026-11-23T01:57:14.857534902Z","dns.id":681,"dns.qname":"x.example","dns.qtype":"MX","dns.rcode":"NOERROR","network.protocol":"UDP","network.query-ip":"192.0.2.1","network.query-port":"40000","network.response-ip":"198.51.100.53"}
    {"ts":1795399034.8,"id.orig_h":"192.0.2.1","id.orig_p":40000,"id.resp_h":"198.51.100.53","id.resp_p":53,"proto":"udp","trans_id":7,"query":"x.example","qclass_name":"C_INTERNET","qtype_name":"A","rcode_name":"NOERROR"}
    {"ts":1795399034.8,"uid":"C1","id.orig_h":"192.0.2.1","id.orig_p":40000,"id.resp_h":"198.51.100.53","id.resp_p":53,"proto":"udp","service":"dns","conn_state":"SF"}
    `),
  'JSON with a key twice': lines(String.raw`
    {"@timestamp":"2026-11-23T01:57:14Z","host\u006eame":"gpo","hostname":"gpo","program":"postfix/smtpd","message":"connect from a[192.0.2.1]","multiline":true}
    `),
  envelopes: lines(`
    <22>Nov  3 01:57:14 gpo postfix/submission/smtpd[22658]: connect from a.example[192.0.2.1]
    2026-11-23T01:57:14.864123+01:00 gpo postfix/smtpd[22658]: connect from a.example[192.0.2.1]
    2026-11-23T01:57:14Z gpo dovecot: pop3-login: Login: user=<joe>, rip=192.0.2.1, lip=198.51.100.1
    2026-11-23 01:57:14,25 gpo postfix/smtpd: disconnect from a.example[192.0.2.1]
    Nov 23 01:57:14 gpo postfix/smtpd[1]: [ID 197553 mail.info] connect from a.example[192.0.2.1]
    Nov 23 01:57:14 gpo postfix/qmgr[1] 8848BC46B5: removed
    Nov 23 01:57:14 gpo postfix/[2001:db8::1]:10025/smtpd[1]:  connect from a.example[192.0.2.1]
    Nov 23 01:57:14 pop3-login: Info: Login: user=<a>, rip=192.0.2.1
    2026-11-23 01:57:14 pop3(a)<1><b>: Info: Disconnected: Logged out
    2026-11-23T01:57:14.864 client @0x7f 192.0.2.1#50857 (mx.example.com): query: mx.example.com IN A +
    2026-11-23T01:57:14.864Z general: info: running
    Nov 23 01:57:14.123456 gpo postfix/smtpd[1]: connect from a.example[192.0.2.1]
    Nov 3 01:57:14 gpo postfix/smtpd[1]: connect from a.example[192.0.2.1]
    Nov  3 2026 01:57:14 gpo postfix/smtpd[1]: connect from a.example[192.0.2.1]
    2026 Nov  3 01:57:14 gpo postfix/smtpd[1]: connect from a.example[192.0.2.1]
    Nov 23 01:57:14 UTC gpo postfix/smtpd[1]: connect from a.example[192.0.2.1]
    Nov 23 2026 01:57:14 -0330 gpo postfix/smtpd[1]: connect from a.example[192.0.2.1]
    Nov 23 01:57:14 <2.6> gpo postfix/smtpd[1]: connect from a.example[192.0.2.1]
    Nov 23 01:57:14 gpo mail.info postfix/smtpd[1]: connect from a.example[192.0.2.1]
    Mon 2026-11-23 01:57:14.864123 +03 gpo postfix/smtpd[1]: connect from a.example[192.0.2.1]
    1795399034.864123 gpo postfix/smtpd[1]: connect from a.example[192.0.2.1]
    2026-11-23T01:57:14.123456789Z stdout F Nov 23 03:57:14 gpo postfix/smtpd[1]: connect from a.example[192.0.2.1]
    <22>1 2026-11-23T02:01:15Z gpo postfix/smtpd 7 - - connect from a.example[192.0.2.1]
    <22>1 2026-11-23T02:01:15+01:00 gpo postfix/smtpd[7] - - [meta n="\\]"][x y="z"] connect from a.example[192.0.2.1]
    <22>1 2026-11-23T02:01:15Z gpo - - - - postfix/smtpd[7]: connect from a.example[192.0.2.1]
    91 <22>1 2026-11-23T02:01:15Z gpo postfix/smtpd 7 - - connect from a.example[192.0.2.1]
    Nov 23 01:57:14 gpo postfix/smtpd[1]: message repeated 3 times: [ connect from a.example[192.0.2.1]]
    Nov 23 01:57:14 gpo last message repeated 3 times
    Nov 23 01:57:14 gpo syslogd: last message repeated 3 times
    Nov 23 01:57:14 gpo postfix/smtpd[1]: last message repeated 3 times
    Nov 23 01:57:14 gpo postfix/smtpd[1]: Last message 'connect from a.examp' repeated 3 times, suppressed by syslog-ng on gpo
    2024-02-29T01:57:14+01:00 gpo postfix/qmgr[1]: 8848BC46B5: from=<jÃ¶rg@x.example>, size=1, nrcpt=1 (queue active)
    `),
};

/** Lines with an envelope that no grammar takes: of a program that is none of ours, and in a form that is none of its. */
export const FOREIGN: readonly string[] = [
  ...syslog('sshd[7]', 'Invalid user admin from 192.0.2.5 port 4711'),
  ...syslog('postfix/smtpd[1]', '8848BC46B5: hello'),
  ...syslog('postfix/mytransport[1]', 'hello'),
];

/** The lines of a text, one each, without the white space around them. */
function lines(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** The messages of a program as syslog writes them. */
function syslog(tag: string, text: string): readonly string[] {
  return lines(text).map((message) => `Nov 23 01:57:14 gpo ${tag}: ${message}`);
}

const FIXTURES = join(import.meta.dirname, '..', 'fixtures');

/** Of the bundled logs one line of each shape: lines differ in it if they differ in more than digits and names. */
function fixtureLines(): readonly string[] {
  const byShape = new Map<string, string>();
  for (const name of readdirSync(FIXTURES, { recursive: true, encoding: 'utf8' })) {
    if (!/\.log(\.gz)?$/.test(name)) continue;
    const bytes = readFileSync(join(FIXTURES, name));
    for (const line of lines((name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('latin1'))) {
      const shape = line.replace(/[\w.-]*\d[\w.-]*/g, '0').replace(/<[^>]*>/g, '<>');
      if (!byShape.has(shape)) byShape.set(shape, line);
    }
  }
  return [...byShape.values()];
}

/** All lines to make others of, by what they have in common. */
export function seedGroups(): readonly (readonly string[])[] {
  return [...Object.values(SEEDS), FOREIGN, fixtureLines()];
}
