// Guide 5: the webhook handler, called by the server.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { run } from './document.mjs';
import { call, expressApp, listen, verifySignature } from './reader.mjs';

const PATIENCE_MS = 30_000;

/** Remembers calls; `expect` answers when one with these arguments was or is made. */
class Recorder {
  #calls = new Set();
  #waiting = new Map();

  record(...call) {
    const key = JSON.stringify(call);
    this.#calls.add(key);
    this.#waiting.get(key)?.();
  }

  expect(...call) {
    const key = JSON.stringify(call);
    if (this.#calls.has(key)) return undefined;
    return new Promise((resolve, reject) => {
      this.#waiting.set(key, resolve);
      setTimeout(() => reject(new Error(`never called: ${key}; only ${[...this.#calls]}`)), PATIENCE_MS).unref();
    });
  }
}

/** Runs guide 5, lets each of its events happen, and tries a body that nobody signed. */
export async function checkEvents(guide, { adminKey, acme }) {
  const post = (path, body, expected = 201) =>
    call('POST', `/apps/acme-corp${path}`, { bearer: adminKey, body, expected });
  const recorder = new Recorder();
  const reactions = ['provisionUserResources', 'cleanupUserSessions', 'syncPermissionsCache', 'sendWelcomeEmail'];
  for (const name of reactions) {
    globalThis[name] = async (...args) => recorder.record(name, ...args);
  }
  const deliveries = [];
  const app = expressApp();
  app.use((req, res, next) => {
    res.on('finish', () => deliveries.push({ headers: req.headers, body: req.rawBody, status: res.statusCode }));
    next();
  });
  Object.assign(globalThis, { app, verifySignature });

  await run(guide);
  const receiver = await listen(app);
  const events = ['user.created', 'user.deactivated', 'role.assigned', 'invite.accepted'];
  const webhook = await post('/webhooks', { url: `${receiver.origin}/webhooks/heimdall`, events });
  process.env.HEIMDALL_WEBHOOK_SECRET = webhook.secret;

  const suffix = randomBytes(6).toString('hex');
  const user = await post('/users', { email: `carol-${suffix}@acme.example`, role: 'editor' });
  await recorder.expect('provisionUserResources', user.id, acme.id);

  await post(`/users/${user.id}/roles`, { role: 'admin' }, [200, 201, 204]);
  await recorder.expect('syncPermissionsCache', user.id);

  const invite = await post('/invites', { email: `dave-${suffix}@acme.example`, role: 'editor' });
  const accepted = await call('POST', `/invites/${invite.token}/accept`, {
    body: { display_name: 'Dave', password: `chosen-${suffix}` },
    expected: 201,
  });
  await recorder.expect('sendWelcomeEmail', accepted.user.id);

  await call('DELETE', `/apps/acme-corp/users/${user.id}`, { bearer: adminKey, expected: 204 });
  await recorder.expect('cleanupUserSessions', user.id);

  assert.ok(deliveries.every(({ status }) => status === 200), 'every delivery was signed and taken');
  const [{ headers, body }] = deliveries;
  const forged = body.toString().replaceAll(user.id, accepted.user.id);
  const answers = await Promise.all([
    deliver(receiver, headers, body),
    deliver(receiver, headers, forged),
    deliver(receiver, { ...headers, 'x-heimdall-signature': '' }, body),
  ]);
  assert.deepEqual(answers, [200, 401, 401]);
  await call('DELETE', `/apps/acme-corp/webhooks/${webhook.id}`, { bearer: adminKey, expected: 204 });
  receiver.stop();
}

/** Posts a delivery to the receiver once more, as anyone on the network could; answers the status. */
async function deliver(receiver, headers, body) {
  const { status } = await fetch(`${receiver.origin}/webhooks/heimdall`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      'X-Heimdall-Signature': headers['x-heimdall-signature'],
    },
    body,
  });
  return status;
}
