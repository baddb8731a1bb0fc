// A client of the OAuth 2.0 side that knows nothing of Heimdall: discovery (RFC 8414), a token by
// client credentials (RFC 6749), its check as an access token (RFC 9068), introspection (RFC 7662)
// and revocation (RFC 7009), with both ways to authenticate a client. Exits with 1 when one fails.
//
// usage: node oauth.mjs --base URL --client-id hci_… --client-secret hds_… --app-id app_…

import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { parseArgs } from 'node:util';
import * as oauth from 'oauth4webapi';

globalThis.crypto ??= webcrypto; // Node.js 18 has it under another name only

const text = { type: 'string' };
const { values } = parseArgs({
  options: { base: text, 'client-id': text, 'client-secret': text, 'app-id': text },
});
const issuer = new URL(values.base);
const secret = values['client-secret'];
const client = { client_id: values['client-id'] };
const insecure = { [oauth.allowInsecureRequests]: true }; // the tests' server speaks plain HTTP

// For an issuer with a path this asks ORIGIN/.well-known/oauth-authorization-server/PATH.
const discovery = await oauth.discoveryRequest(issuer, { ...insecure, algorithm: 'oauth2' });
const server = await oauth.processDiscoveryResponse(issuer, discovery);

async function token(authentication) {
  const response = await oauth.clientCredentialsGrantRequest(server, client, authentication, {}, insecure);
  const answer = await oauth.processClientCredentialsResponse(server, client, response);
  assert.match(response.headers.get('cache-control') ?? '', /no-store/);
  return answer;
}

async function introspect(authentication, accessToken) {
  const response = await oauth.introspectionRequest(server, client, authentication, accessToken, insecure);
  return oauth.processIntrospectionResponse(server, client, response);
}

for (const method of [oauth.ClientSecretBasic, oauth.ClientSecretPost]) {
  const authentication = method(secret);
  const { access_token, expires_in } = await token(authentication);
  assert.ok(expires_in > 0);

  const request = new Request('https://api.example/', { headers: { Authorization: `Bearer ${access_token}` } });
  const claims = await oauth.validateJwtAccessToken(server, request, values['app-id'], insecure);
  assert.equal(claims.client_id, client.client_id);
  assert.equal(claims.sub, client.client_id);

  const active = await introspect(authentication, access_token);
  assert.equal(active.active, true);
  assert.equal(active.client_id, client.client_id);

  const revocation = await oauth.revocationRequest(server, client, authentication, access_token, insecure);
  await oauth.processRevocationResponse(revocation);
  assert.equal((await introspect(authentication, access_token)).active, false);

  // RFC 6749 §5.2: a wrong secret in the header is 401 with a challenge, which the library turns into
  // an error of its own; in the body it is the error object alone.
  const refused = await token(method(`${secret}x`)).catch((error) => error);
  const challenged = refused instanceof oauth.WWWAuthenticateChallengeError;
  assert.ok(challenged || refused.error === 'invalid_client', `a wrong secret: ${refused}`);
  assert.equal(refused.status, 401);
}
