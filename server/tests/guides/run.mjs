// Runs the JavaScript of the five guides, as it stands in `guides.txt`, against a running server and
// checks what each guide promises. Prints one line per guide; exits with 1 when one is not kept.
//
// usage: node run.mjs --origin http://127.0.0.1:PORT --admin-key hdk_… [GUIDE…]
//
// The server runs with HEIMDALL_PUBLIC_URL=https://api.productcraft.co/heimdall (the issuer that
// guide 4 expects) and HEIMDALL_WEBHOOK_ALLOWED_NETWORKS=127.0.0.0/8 (guide 5 listens on loopback),
// over an empty database.

import { parseArgs } from 'node:util';
import { guides } from './document.mjs';
import { checks } from './checks.mjs';
import { ISSUER, call, calls, routes } from './reader.mjs';

const { values, positionals } = parseArgs({
  options: { origin: { type: 'string' }, 'admin-key': { type: 'string' } },
  allowPositionals: true,
});
if (!values.origin || !values['admin-key']) {
  console.error('usage: node run.mjs --origin http://127.0.0.1:PORT --admin-key hdk_… [GUIDE…]');
  process.exit(2);
}
const wanted = positionals.length ? positionals.map(Number) : guides.map(({ number }) => number);

const metadata = await fetch(`${values.origin}/heimdall/.well-known/oauth-authorization-server`);
const { issuer } = await metadata.json();
if (issuer !== ISSUER) {
  console.error(`the server's HEIMDALL_PUBLIC_URL is ${issuer}; the guides need ${ISSUER}`);
  process.exit(2);
}

const adminKey = values['admin-key'];
globalThis.ADMIN_KEY = adminKey;
routes.set('/heimdall', values.origin);

/** The tenant of guides 2 to 5, there once however many of them run. */
async function acmeCorp() {
  const create = (path, body) => call('POST', path, { bearer: adminKey, body, expected: [201, 409] });
  const editor = ['projects:read', 'projects:write'];
  const admin = [...editor, 'billing:read', 'users:read', 'users:write', 'users:invite'];
  await create('/apps', { name: 'acme-corp', display_name: 'Acme Corp' });
  await create('/apps/acme-corp/roles', { name: 'admin', permissions: admin });
  await create('/apps/acme-corp/roles', { name: 'editor', permissions: editor });
  return call('GET', '/apps/acme-corp', { bearer: adminKey });
}

let failed = 0;
for (const number of wanted) {
  const guide = guides[number - 1];
  try {
    const acme = number === 1 ? undefined : await acmeCorp();
    calls.length = 0;
    await checks[number - 1](guide, { adminKey, acme });
    console.log(`guide ${number} ok: ${guide.title}`);
  } catch (error) {
    failed += 1;
    console.log(`guide ${number} FAILED: ${guide.title}: ${error.stack}`);
    for (const { method, url, response } of calls.filter((made) => !made.response.ok)) {
      console.log(`  ${method} ${url}: ${response.status} ${await response.text().catch(() => '(read)')}`);
    }
  }
}
process.exit(failed ? 1 : 0);
