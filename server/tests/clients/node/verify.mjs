// Verifies a webhook delivery with two libraries that know nothing of Heimdall. Exits with 0 when
// both take it, with 1 when both refuse it, and with 2 when they differ or cannot run.
//
// usage: node verify.mjs <<< '{"secret": "whsec_…", "headers": {"webhook-id": …}, "body": "…"}'

import { readFileSync } from 'node:fs';
import * as standard from 'standardwebhooks';
import * as svix from 'svix';

const { secret, headers, body } = JSON.parse(readFileSync(0, 'utf8'));

const takes = ({ Webhook, WebhookVerificationError }) => {
  try {
    new Webhook(secret).verify(body, headers);
    return true;
  } catch (error) {
    if (error instanceof WebhookVerificationError) return false;
    console.error(error);
    process.exit(2);
  }
};

const verdicts = [takes(standard), takes(svix)];
if (verdicts[0] !== verdicts[1]) {
  console.error(`standardwebhooks says ${verdicts[0]}, svix says ${verdicts[1]}`);
  process.exit(2);
}
process.exit(verdicts[0] ? 0 : 1);
