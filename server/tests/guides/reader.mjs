// What the guides leave to their reader: a server at '/heimdall', an Express app, a signature check.

import assert from 'node:assert/strict';
import { createHmac, timingSafeEqual, webcrypto } from 'node:crypto';
import { once } from 'node:events';
import express from 'express';
import * as jose from 'jose';

globalThis.crypto ??= webcrypto; // Node.js 18 has it under another name only

/** The issuer that guide 4 expects: the server must run with it as its HEIMDALL_PUBLIC_URL. */
export const ISSUER = 'https://api.productcraft.co/heimdall';

/** Where `fetch` finds what the guides name by path alone: `/heimdall` → `http://127.0.0.1:…`. */
export const routes = new Map();

/** Each call of `fetch` since the guide began, as `{ method, url, response }`; `url` as it was written. */
export const calls = [];

const networkFetch = globalThis.fetch;
globalThis.fetch = async (input, init) => {
  const url = String(input);
  const path = url.replace(new URL(ISSUER).origin, '');
  const [, origin = ''] = [...routes].find(([prefix]) => path.startsWith(`${prefix}/`)) ?? [];
  const response = await networkFetch(origin + path, init);
  calls.push({ method: init?.method ?? 'GET', url, response: response.clone() });
  return response;
};

/** Calls the API and answers the body; any other status than `expected` is a failure that names it. */
export async function call(method, path, { bearer, body, expected = 200 }) {
  const response = await fetch(`/heimdall/v1${path}`, {
    method,
    headers: {
      ...(bearer && { Authorization: `Bearer ${bearer}` }),
      ...(body && { 'Content-Type': 'application/json' }),
    },
    body: body && JSON.stringify(body),
  });
  const text = await response.text();
  const statuses = [expected].flat();
  assert.ok(statuses.includes(response.status), `${method} ${path}: ${response.status} ${text}`);
  return text ? JSON.parse(text) : undefined;
}

/** Signs a user in with a password and answers the access token. */
export async function signIn(app, email, password) {
  const body = { grant_type: 'password', email, password };
  return (await call('POST', `/apps/${app}/tokens`, { body })).access_token;
}

/** Checks a token as any consumer would, by the published keys, and answers its claims. */
export async function claims(token) {
  const keys = jose.createRemoteJWKSet(new URL(`${ISSUER}/v1/.well-known/jwks.json`));
  return (await jose.jwtVerify(token, keys, { issuer: ISSUER, typ: 'at+jwt' })).payload;
}

const rawBodies = new WeakMap();

/** An Express app that parses JSON and remembers the bytes it parsed, for {@link verifySignature}. */
export function expressApp() {
  const app = express();
  app.use(express.json({ verify: (req, _res, bytes) => { req.rawBody = bytes; } }));
  app.use((req, _res, next) => {
    if (req.rawBody) rawBodies.set(req.body, req.rawBody);
    next();
  });
  return app;
}

/** Answers what the route before it threw: 403 where the permission lacks, 401 where the token does. */
export function refuse(error, _req, res, _next) {
  const status = error.message === 'Insufficient permissions' ? 403 : 401;
  res.status(status).json({ error: error.message });
}

/** Listens on a free loopback port; answers the origin and a way to stop. */
export async function listen(app) {
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = () => {
    server.close();
    server.closeAllConnections?.();
  };
  return { origin: `http://127.0.0.1:${server.address().port}`, stop };
}

const TOLERANCE_SECONDS = 300;

/**
 * Checks `X-Heimdall-Signature` (`t=UNIX,v1=HEX[,v1=HEX]`) over the bytes as received: a body that
 * was parsed and printed again need not be the body that was signed.
 */
export function verifySignature(body, signature, secret) {
  const parts = (signature ?? '').split(',').map((part) => part.split('='));
  const time = parts.find(([name]) => name === 't')?.[1];
  if (!(Math.abs(Date.now() / 1000 - Number(time)) < TOLERANCE_SECONDS)) return false;
  const expected = createHmac('sha256', secret).update(`${time}.`).update(rawBodies.get(body)).digest();
  return parts
    .filter(([name]) => name === 'v1')
    .map(([, hex]) => Buffer.from(hex ?? '', 'hex'))
    .some((given) => given.length === expected.length && timingSafeEqual(given, expected));
}
