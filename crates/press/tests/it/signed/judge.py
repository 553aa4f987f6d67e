"""Judges messages as a receiver would: MIME by Python's email package, signatures by dkimpy, DNS played from a file.

Arguments: a file of DNS records (JSON, name to text), then files with messages. Prints one JSON object a message.
"""

import email
import email.header
import email.policy
import email.utils
import json
import sys

import dkim

records = json.load(open(sys.argv[1], encoding="utf-8"))


def dns(name, timeout=5):
    found = records.get(name.decode().rstrip("."))
    return found.encode() if found else None


def mailbox(raw):
    """Name and address of a field. The newer interface puts blanks between encoded words."""
    field = email.message_from_bytes(raw)["to"].replace("\r", "").replace("\n", "")
    name, address = email.utils.parseaddr(field)
    return [str(email.header.make_header(email.header.decode_header(name))), address]


for path in sys.argv[2:]:
    raw = open(path, "rb").read()
    message = email.message_from_bytes(raw, policy=email.policy.default)
    signatures = []
    signed = [name for name in message.keys() if name.lower() == "dkim-signature"]
    for index in range(len(signed)):
        verifier = dkim.DKIM(raw)
        try:
            good = bool(verifier.verify(idx=index, dnsfunc=dns))
            signatures.append("good" if good else "bad")
        except dkim.DKIMException as error:
            signatures.append(f"error: {error}")
    text = message.get_body(("plain",))
    html = message.get_body(("html",))
    print(
        json.dumps(
            {
                "signatures": signatures,
                "defects": [repr(defect) for part in message.walk() for defect in part.defects]
                + [f"{name}: {defect!r}" for name, value in message.items() for defect in getattr(value, "defects", ())],
                "subject": message["subject"],
                "to": mailbox(raw),
                "types": [part.get_content_type() for part in message.walk()],
                "text": text and text.get_content(),
                "html": html and html.get_content(),
            }
        )
    )
