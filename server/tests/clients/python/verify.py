"""Verifies a webhook delivery with the Standard Webhooks library.

Exits with 0 when it is taken, with 1 when it is refused, with 2 when the check could not run.

usage: python verify.py <<< '{"secret": "whsec_…", "headers": {"webhook-id": …}, "body": "…"}'
"""

import json
import sys
import traceback

from standardwebhooks.webhooks import Webhook, WebhookVerificationError


def main() -> int:
    delivery = json.load(sys.stdin)
    try:
        Webhook(delivery["secret"]).verify(delivery["body"], delivery["headers"])
    except WebhookVerificationError as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except Exception:
        traceback.print_exc()
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
