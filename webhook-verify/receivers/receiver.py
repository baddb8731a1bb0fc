"""Receives Heimdall webhooks with nothing but Python's standard library.

    HEIMDALL_WEBHOOK_SECRET=whsec_… PORT=3000 python3 receiver.py

Several secrets, while one is being rotated, are separated by spaces. The body is verified as the bytes that came: with
Flask that is `request.get_data()`, with Django `request.body`, and `json.loads` afterwards.
"""

import hashlib
import hmac
import json
import os
import re
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOLERANCE_SECONDS = 5 * 60
MAX_BODY_BYTES = 1024 * 1024


def is_genuine(header, raw_body, secrets, now):
    """`X-Heimdall-Signature: t={unix},v1={hex}[,v1={hex}]` is HMAC-SHA256 over `{t}.{body}`, keyed with the secret as shown."""
    items = [item.partition("=") for item in header.split(",")]
    times = [value for name, _, value in items if name == "t"]
    if len(times) != 1 or not re.fullmatch(r"[0-9]{1,12}", times[0]):
        return False
    if abs(now - int(times[0])) > TOLERANCE_SECONDS:
        return False
    # compare_digest refuses text that is not ASCII, so only hexadecimal digits get that far.
    signatures = [value for name, _, value in items if name == "v1" and re.fullmatch(r"[0-9a-f]{64}", value)]
    message = times[0].encode() + b"." + raw_body
    expected = [hmac.new(secret.encode(), message, hashlib.sha256).hexdigest() for secret in secrets]
    return any(hmac.compare_digest(a, b) for a in signatures for b in expected)


class Receiver(BaseHTTPRequestHandler):
    timeout = 15  # seconds of silence before a connection is given up
    secrets = []

    def do_POST(self):
        length = self.headers.get("content-length", "")
        if not re.fullmatch(r"[0-9]{1,12}", length):
            return self.answer(411, {"error": "Content-Length is needed"})
        if int(length) > MAX_BODY_BYTES:
            return self.answer(413, {"error": "Body too large"})
        raw_body = self.rfile.read(int(length))
        header = self.headers.get("x-heimdall-signature", "")
        if not is_genuine(header, raw_body, self.secrets, time.time()):
            return self.answer(401, {"error": "Invalid signature"})
        try:
            kind = json.loads(raw_body)["type"]
        except (ValueError, KeyError, TypeError):
            return self.answer(400, {"error": "Not an event"})
        print(kind, flush=True)
        return self.answer(200, {"received": True})

    def answer(self, status, body):
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args):
        """Standard output is for the event types."""


if __name__ == "__main__":
    Receiver.secrets = os.environ.get("HEIMDALL_WEBHOOK_SECRET", "").split()
    if not Receiver.secrets:
        sys.exit("HEIMDALL_WEBHOOK_SECRET must hold the endpoint's whsec_… secret")
    # Only this machine, as it is an example. Port 0 takes a free one; the first line says which.
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "3000"))), Receiver)
    print(server.server_port, flush=True)
    server.serve_forever()
