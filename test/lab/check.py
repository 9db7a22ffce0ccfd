"""Checks a fixture's expected.json against its logs, by plain patterns: check.py FIXTURE

What a pattern cannot know (roles, reasons, who was accepted) was counted by hand; here only its sums are checked.
"""
import json
import re
import sys
from ast import literal_eval
from pathlib import Path

ENFORCED = r": (NOQUEUE|[0-9A-F]+): (reject|milter-reject|proxy-reject|discard): "
PATTERNS = {
    "connects": r"/smtpd\[\d+\]: connect from ",
    "sessions": r"/smtpd\[\d+\]: disconnect from ",
    "screen_connects": r"/postscreen\[\d+\]: CONNECT from ",
    "opened": r"/smtpd\[\d+\]: (NOQUEUE|[0-9A-F]+): client=",
    "queued": r"/cleanup\[\d+\]: [0-9A-F]+: (resent-)?message-id=",
    "local_queued": r"/pickup\[\d+\]: [0-9A-F]+: uid=",
    "bounce_queued": r"/bounce\[\d+\]: [0-9A-F]+: .*notification: ",
    "from": r"/qmgr\[\d+\]: [0-9A-F]+: from=.*\(queue active\)",
    "removed": r"/qmgr\[\d+\]: [0-9A-F]+: removed",
    "auth_failures": r"/smtpd\[\d+\]: warning: .*: SASL \S+ authentication failed",
    "lost_connections": r"/smtpd\[\d+\]: lost connection after ",
    "delivery_lines": r": [0-9A-F]+: to=<.*, status=",
    "attempts": r"/smtp\[\d+\]: [0-9A-F]+: to=<.*, status=",
    "rejects": ENFORCED,
    "rejects_temporary": ENFORCED + r".*?: (4\d\d )?4\.\d+\.\d+ ",
    "rejects_not_enforced": r": (NOQUEUE|[0-9A-F]+): (warn|warning|hold|redirect|prepend|replace|info|reject_warning|milter-discard): ",
    "pop3_logins": r"pop3-login: (Info: )?Login: ",
    "pop3_failures": r"pop3-login: (Info: )?(Disconnected|Aborted login).*auth failed",
    "dns_queries": r"client @\S+ (127\.0\.0\.1|::1)#",
}

fixture = Path(sys.argv[1])
expected_file = fixture / "expected.json"
if not expected_file.exists():
    sys.exit(f"{fixture.name}: no expected.json yet: count the recording by hand.")
expected = json.loads(expected_file.read_text())
lines = [line for log in fixture.glob("*.log") for line in log.read_text().splitlines()]
roles = expected["roles"].values()

found = {key: sum(bool(re.search(pattern, line)) for line in lines) for key, pattern in PATTERNS.items()}
counts = re.findall(r"^accepted: (.*)$", (fixture / "dialogue.txt").read_text(), re.M)
found["accepted"] = sum(literal_eval(counts[-1]).values())

wanted = {key: expected[key] for key in found}
wanted["rejects"] = sum(expected["rejects"].values())
for key in ("sessions", "opened", "accepted"):
    found[f"roles.{key}"] = sum(role[key] for role in roles)
    wanted[f"roles.{key}"] = expected[key]

wrong = [f"{key}: expected {wanted[key]}, the recording has {found[key]}" for key in wanted if wanted[key] != found[key]]
print(f"{fixture.name}: " + ("; ".join(wrong) or f"as expected ({len(lines)} lines)"))
sys.exit(1 if wrong else 0)
