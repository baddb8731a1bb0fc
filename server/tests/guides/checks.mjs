// One check a guide, in the document's order: supply what the guide leaves to its reader, run its
// code, then look at what it promises from outside.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { checkEvents } from './events.mjs';
import { run } from './document.mjs';
import { call, calls, claims, expressApp, listen, refuse, routes, signIn } from './reader.mjs';

/** A text that no run before has used, for names and passwords. */
const unique = (text) => `${text}-${randomBytes(6).toString('hex')}`;

async function onboarding(guide, { adminKey }) {
  const customer = unique('Globex Industries');
  Object.assign(globalThis, {
    customerName: customer,
    customerEmail: 'hank@globex.example',
    temporaryPassword: unique('temporary'),
    slugify: (name) => name.toLowerCase().replace(/[^a-z0-9]+/g, '-'),
  });

  const { app, user } = await run(guide, ['app', 'user']);

  const stored = await call('GET', `/apps/${app.name}`, { bearer: adminKey });
  assert.equal(stored.id, app.id);
  assert.equal(stored.display_name, customer);
  assert.deepEqual(user.roles, ['admin']);
  const token = await signIn(app.name, globalThis.customerEmail, globalThis.temporaryPassword);
  const { sub, app_id, roles, permissions } = await claims(token);
  assert.deepEqual({ sub, app_id, roles }, { sub: user.id, app_id: app.id, roles: ['admin'] });
  assert.ok(permissions.includes('billing:write') && permissions.includes('users:invite'));
}

async function serviceToService(guide, { adminKey, acme }) {
  const credential = await call('POST', '/apps/acme-corp/credentials', {
    bearer: adminKey,
    body: { name: unique('invoicer'), permissions: ['billing:read'] },
    expected: 201,
  });
  process.env.HEIMDALL_CLIENT_ID = credential.client_id;
  process.env.HEIMDALL_CLIENT_SECRET = credential.client_secret;
  const yourApi = expressApp();
  yourApi.get('/your-api/billing/invoices', async (req, res) => {
    const { app_id, sub, permissions } = await claims(req.headers.authorization.slice('Bearer '.length));
    assert.ok(permissions.includes('billing:read'));
    res.json({ app_id, sub });
  });
  yourApi.use(refuse);
  const api = await listen(yourApi);
  routes.set('/your-api', api.origin);

  const { getServiceToken } = await run(guide, ['getServiceToken']);
  api.stop();

  const { response } = calls.find(({ url }) => url.startsWith('/your-api/'));
  assert.equal(response.status, 200);
  assert.deepEqual(await response.json(), { app_id: acme.id, sub: credential.client_id });
  assert.equal((await getServiceToken()).expiresIn, acme.settings?.access_token_ttl_seconds ?? 3600);
}

async function teamInvite(guide, { adminKey, acme }) {
  const admin = { email: `${unique('alice')}@acme.example`, password: unique('administrator') };
  await call('POST', '/apps/acme-corp/users', {
    bearer: adminKey,
    body: { ...admin, role: 'admin' },
    expected: 201,
  });
  const sent = [];
  Object.assign(globalThis, {
    adminToken: await signIn('acme-corp', admin.email, admin.password),
    sendEmail: async (mail) => sent.push(mail),
    userChosenPassword: unique('chosen'),
  });

  const { invite, result } = await run(guide, ['invite', 'result']);

  assert.equal(sent.length, 1);
  assert.equal(sent[0].body, `Join the team: ${new URL(invite.invite_url)}`);
  assert.equal(result.user.email, 'bob@contractor.io');
  assert.equal(result.user.display_name, 'Bob Martinez');
  const { sub, app_id, roles, permissions } = await claims(result.access_token);
  assert.deepEqual({ sub, app_id, roles }, { sub: result.user.id, app_id: acme.id, roles: ['editor'] });
  assert.deepEqual([...permissions].sort(), ['projects:read', 'projects:write']);
  await signIn('acme-corp', 'bob@contractor.io', globalThis.userChosenPassword);
  const again = await call('POST', `/invites/${invite.token}/accept`, {
    body: { display_name: 'Eve', password: unique('stolen') },
    expected: 410,
  });
  assert.equal(again.error.code, 'INVITE_USED');
}

async function localVerification(guide, { adminKey, acme }) {
  const tokenOf = async (role) => {
    const user = { email: `${unique(role)}@acme.example`, password: unique('password') };
    const body = { ...user, role };
    const { id } = await call('POST', '/apps/acme-corp/users', { bearer: adminKey, body, expected: 201 });
    return { id, token: await signIn('acme-corp', user.email, user.password) };
  };
  const [admin, editor] = [await tokenOf('admin'), await tokenOf('editor')];
  Object.assign(globalThis, { app: expressApp(), getInvoices: async (appId) => [{ appId }] });

  const { authorize } = await run(guide, ['authorize']);
  globalThis.app.use(refuse);
  const api = await listen(globalThis.app);
  const get = (token) => fetch(`${api.origin}/api/invoices`, {
    headers: token ? { Authorization: `Bearer ${token}` } : {},
  });

  const allowed = await get(admin.token);
  assert.equal(allowed.status, 200);
  assert.deepEqual(await allowed.json(), [{ appId: acme.id }]);
  const [head, payload, signature] = admin.token.split('.');
  const forged = [head, payload.replace(/^./, (c) => (c === 'e' ? 'f' : 'e')), signature].join('.');
  assert.equal((await get(editor.token)).status, 403);
  assert.equal((await get(forged)).status, 401);
  assert.equal((await get()).status, 401);
  const req = { headers: { authorization: `Bearer ${admin.token}` } };
  const auth = await authorize(req, 'billing:read');
  assert.deepEqual([auth.userId, auth.appId, auth.roles], [admin.id, acme.id, ['admin']]);
  await assert.rejects(authorize(req, 'billing:write'), /Insufficient permissions/);
  const fetched = calls.filter(({ url }) => url.endsWith('/jwks.json'));
  assert.equal(fetched.length, 1, 'the keys are fetched once, not at each request');
  api.stop();
}

/** The checks, in the document's order. */
export const checks = [onboarding, serviceToService, teamInvite, localVerification, checkEvents];
