// The guides with a client whose types are generated from openapi/heimdall.json: a field that is not there, or an answer that is
// not expected, does not compile.
//
//   npm ci && npm run build
//   HEIMDALL_URL=http://127.0.0.1:8080/heimdall HEIMDALL_ADMIN_KEY=hdk_… node build/guides.js

import * as jose from 'jose';
import createClient from 'openapi-fetch';
import type { components, paths } from './heimdall.d.ts';

const baseUrl = process.env.HEIMDALL_URL ?? 'http://127.0.0.1:8080/heimdall';
const app = 'typescript-corp';

/** A client of one caller; without a bearer, of a stranger. */
function heimdall(bearer?: string) {
  const headers = bearer ? { Authorization: `Bearer ${bearer}` } : {};
  return createClient<paths>({ baseUrl, headers });
}

/** The answer, or Heimdall's error as an exception: it has a code to decide by. */
async function ok<T>(call: Promise<{ data?: T; error?: components['schemas']['ErrorBody'] }>): Promise<T> {
  const { data, error } = await call;
  if (error) throw new Error(`${error.error.code}: ${error.error.message} ${JSON.stringify(error.error.details)}`);
  return data as T;
}

const admin = heimdall(process.env.HEIMDALL_ADMIN_KEY);
const stranger = heimdall();

// 1. Onboard a customer: whole or not at all.
const tenant = await ok(admin.POST('/v1/apps', {
  body: {
    name: app,
    display_name: 'TypeScript Corp',
    roles: [
      { name: 'admin', permissions: ['billing:read', 'users:invite'] },
      { name: 'editor', permissions: ['billing:read'] },
    ],
    owner: { email: 'ada@typescript.example', password: 'correct horse battery', role: 'admin' },
  },
}));
console.log(`onboarded ${tenant.id}`);

// 2. A service signs in.
const credential = await ok(admin.POST('/v1/apps/{app}/credentials', {
  params: { path: { app } },
  body: { name: 'nightly invoices', permissions: ['billing:read'] },
}));
const service = await ok(stranger.POST('/v1/apps/{app}/tokens', {
  params: { path: { app } },
  body: {
    grant_type: 'client_credentials',
    client_id: credential.client_id,
    client_secret: credential.client_secret,
  },
}));
console.log(`the service may ${service.scope}`);

// 3. Invite a colleague, who joins.
const ada = await ok(stranger.POST('/v1/apps/{app}/tokens', {
  params: { path: { app } },
  body: { grant_type: 'password', email: 'ada@typescript.example', password: 'correct horse battery' },
}));
const invite = await ok(heimdall(ada.access_token).POST('/v1/apps/{app}/invites', {
  params: { path: { app } },
  body: { email: 'bob@contractor.example', role: 'editor' },
}));
const bob = await ok(stranger.POST('/v1/invites/{token}/accept', {
  params: { path: { token: invite.token ?? '' } },
  body: { display_name: 'Bob Martinez', password: 'a river runs through it' },
}));
console.log(`joined ${bob.user.email}`);

// 4. Verify a token locally. One set of keys serves all Apps: the audience says which one a token is for.
const keys = jose.createRemoteJWKSet(new URL(`${baseUrl}/v1/.well-known/jwks.json`));
const { payload } = await jose.jwtVerify(bob.access_token, keys, { issuer: baseUrl, audience: tenant.id, typ: 'at+jwt' });
console.log(`verified ${payload.sub === bob.user.id}`);

// 5. Hear of events: what has happened so far, in order. (A webhook tells it as it happens.)
const events = await ok(admin.GET('/v1/apps/{app}/events', { params: { path: { app }, query: { after: 0 } } }));
console.log(`heard of ${events.data.map((event) => event.type).filter((type) => type === 'invite.accepted')}`);
