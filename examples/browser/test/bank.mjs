// The bank, over the npm package `jose` and Node's own RSA: nothing of jwe-primitives is in it. It serves the page,
// too. `npm start` runs it for people; browser.test.mjs runs it with hooks.

import { constants, generateKeyPairSync, privateDecrypt } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";
import { CompactEncrypt, compactDecrypt } from "jose";

const JOSE = "application/jose";
const PAYMENTS = "/v1/payments";
const LONGEST_BODY = 1 << 16;
const PAGE = new URL("../page/", import.meta.url);
const FILES = {
  "/": ["index.html", "text/html; charset=utf-8"],
  "/main.js": ["main.js", "text/javascript"],
  "/style.css": ["style.css", "text/css"],
  "/pkg/browser.js": ["pkg/browser.js", "text/javascript"],
  "/pkg/browser_bg.wasm": ["pkg/browser_bg.wasm", "application/wasm"],
};

export const rsa = (modulusLength) => generateKeyPairSync("rsa", { modulusLength });
export const jwk = ({ publicKey }, members) => ({ ...publicKey.export({ format: "jwk" }), ...members });

/** Decrypts with `jose`, which doesn't hand out the CEK; RSA alone gives it. */
async function open(token, privateKey) {
  const { plaintext, protectedHeader } = await compactDecrypt(token, privateKey, {
    keyManagementAlgorithms: ["RSA-OAEP-256"],
    contentEncryptionAlgorithms: ["A256GCM"],
  });
  const padding = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha256" };
  const cek = privateDecrypt({ key: privateKey, ...padding }, Buffer.from(token.split(".")[1], "base64url"));
  return { protectedHeader, form: JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(plaintext)), cek };
}

export function seal(object, cek) {
  const content = new TextEncoder().encode(JSON.stringify(object));
  return new CompactEncrypt(content).setProtectedHeader({ alg: "dir", enc: "A256GCM" }).encrypt(cek);
}

async function bodyOf(request) {
  const chunks = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > LONGEST_BODY) {
      throw new Error("too long");
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("latin1");
}

export const current = rsa(2048);
export const use = { use: "enc", alg: "RSA-OAEP-256" };

// Beside the current key: the next one, one for signatures, one of another type.
const KEYS = {
  keys: [
    jwk(rsa(2048), { kid: "bank-2027", ...use }),
    jwk(rsa(2048), { kid: "bank-sign", use: "sig", alg: "PS256" }),
    jwk(current, { kid: "bank-2026", ...use }),
    jwk(generateKeyPairSync("ec", { namedCurve: "P-256" }), { kid: "bank-ec", use: "enc" }),
  ],
};

export async function startBank(port = 0) {
  const bank = {
    keys: KEYS, // what is served under /jwks.json: an object, or text
    received: [], // the requests that it could decrypt
    refused: [], // why it couldn't, for its own log
    wire: [], // each octet that came in
    // For the test, between the decryption and the answer.
    answer: async ({ token }) => ({ status: 200, type: JOSE, body: token }),
  };

  async function pay(request) {
    try {
      const token = await bodyOf(request);
      const opened = await open(token, current.privateKey);
      if (request.headers["content-type"] !== JOSE || opened.protectedHeader.url !== PAYMENTS) {
        throw new Error("not a payment");
      }
      bank.received.push({ ...opened, token });
      const { name, card, amount } = opened.form;
      const answer = { Status: "accepted", Name: name, Card: `ends in ${card.slice(-4)}`, Amount: amount };
      return await bank.answer({ ...opened, token: await seal(answer, opened.cek) });
    } catch (reason) {
      bank.refused.push(reason);
      return { status: 400, type: "text/plain", body: "" };
    }
  }

  async function respond(request) {
    const { method, url } = request;
    if (method === "POST" && url === PAYMENTS) {
      return pay(request);
    }
    if (method === "GET" && url === "/jwks.json") {
      const body = typeof bank.keys === "string" ? bank.keys : JSON.stringify(bank.keys);
      return { status: 200, type: "application/jwk-set+json", body };
    }
    if (method === "GET" && Object.hasOwn(FILES, url)) {
      const [name, type] = FILES[url];
      return { status: 200, type, body: await readFile(new URL(name, PAGE)) };
    }
    return { status: 404, type: "text/plain", body: "" };
  }

  const server = createServer(async (request, response) => {
    const { status, type, body } = await respond(request);
    response.writeHead(status, {
      "Content-Type": type,
      "Cache-Control": "no-store",
      "X-Content-Type-Options": "nosniff",
      "Content-Security-Policy": "frame-ancestors 'none'", // the one directive that the page can't give itself
    });
    response.end(body);
  });
  server.on("connection", (socket) => socket.on("data", (octets) => bank.wire.push(octets)));
  await new Promise((listening) => server.listen(port, "127.0.0.1", listening));
  bank.origin = `http://127.0.0.1:${server.address().port}`;
  bank.close = () => {
    server.closeAllConnections();
    return new Promise((closed) => server.close(closed));
  };
  return bank;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const bank = await startBank(Number(process.env.PORT ?? 8080));
  const answer = bank.answer;
  bank.answer = async (opened) => {
    console.log("decrypted:", opened.protectedHeader, opened.form);
    return answer(opened);
  };
  console.log(`The page is at ${bank.origin}/`);
}
