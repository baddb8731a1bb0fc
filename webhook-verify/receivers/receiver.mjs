// Receives Heimdall webhooks with nothing but Node's standard library.
//
//   HEIMDALL_WEBHOOK_SECRET=whsec_… PORT=3000 node receiver.mjs
//
// Several secrets, while one is being rotated, are separated by spaces. The body is verified as the bytes that came: with
// Express that means `express.raw({ type: "*/*" })` on this route, and `JSON.parse` afterwards.

import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const TOLERANCE_SECONDS = 5 * 60;
const MAX_BODY_BYTES = 1024 * 1024;

const secrets = (process.env.HEIMDALL_WEBHOOK_SECRET ?? "").split(" ").filter(Boolean);
if (secrets.length === 0) {
  console.error("HEIMDALL_WEBHOOK_SECRET must hold the endpoint's whsec_… secret");
  process.exit(1);
}

// `X-Heimdall-Signature: t={unix},v1={hex}[,v1={hex}]` is HMAC-SHA256 over `{t}.{body}`, keyed with the secret as shown.
function isGenuine(header, rawBody, nowSeconds) {
  const items = (header ?? "").split(",").map((item) => item.split("="));
  const values = (name) => items.filter(([key]) => key === name).map(([, value]) => value ?? "");
  const [t, ...more] = values("t");
  if (t === undefined || more.length > 0 || !/^[0-9]{1,12}$/.test(t)) return false;
  if (Math.abs(nowSeconds - Number(t)) > TOLERANCE_SECONDS) return false;

  const signatures = values("v1").filter((hex) => /^[0-9a-f]{64}$/.test(hex)).map((hex) => Buffer.from(hex, "hex"));
  return secrets.some((secret) => {
    const expected = createHmac("sha256", secret).update(`${t}.`).update(rawBody).digest();
    return signatures.some((signature) => timingSafeEqual(signature, expected));
  });
}

async function read(request) {
  const chunks = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const server = createServer(async (request, response) => {
  const answer = (status, body) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  try {
    const rawBody = await read(request);
    if (rawBody === null) {
      response.setHeader("connection", "close");
      return answer(413, { error: "Body too large" });
    }
    if (!isGenuine(request.headers["x-heimdall-signature"], rawBody, Date.now() / 1000)) {
      return answer(401, { error: "Invalid signature" });
    }
    const event = JSON.parse(rawBody);
    console.log(event.type);
    return answer(200, { received: true });
  } catch {
    return answer(400, { error: "Not an event" });
  }
});

// Only this machine, as it is an example. Port 0 takes a free one; the first line says which.
server.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", () => console.log(server.address().port));
