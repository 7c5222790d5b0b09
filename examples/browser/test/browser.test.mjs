// The page in headless Chromium, against a bank that isn't made of jwe-primitives.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { chromium } from "playwright-core";
import { current, jwk, rsa, seal, startBank, use } from "./bank.mjs";

// Each is found again wherever it turns up, and one needs more than ASCII.
const FORM = { name: "Zoë Ångström 日本 \"O'Neil\"", card: "4929 1234 5678 9017", amount: "4711.83" };
const LABELS = { name: "Name on the card", card: "Card number", amount: "Amount in euros" };
const FLAGS = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

let browser, bank, context, page, requests, complaints;

before(async () => {
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
});

after(() => browser?.close());

beforeEach(async () => {
  bank = await startBank();
  await visit();
});

afterEach(async () => {
  await context?.close();
  await bank?.close();
});

async function visit(options = {}) {
  await context?.close();
  context = await browser.newContext(options);
  context.setDefaultTimeout(15_000);
  page = await context.newPage();
  requests = [];
  complaints = [];
  page.on("request", (request) => requests.push(request));
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(bank.origin);
}

async function fill(form = FORM) {
  for (const [name, label] of Object.entries(LABELS)) {
    await page.getByLabel(label).fill(form[name]);
  }
}

// Sends the form and waits for what the page says in the end.
async function send(form) {
  await fill(form);
  await page.getByRole("button", { name: "Encrypt and send" }).click();
  await page.waitForFunction(() => document.querySelector("#answer, #error") && !document.querySelector("button").disabled);
  return {
    answer: (await page.locator("#answer dt, #answer dd").allTextContents()).join("|"),
    error: await page.getByRole("alert").textContent(),
  };
}

// Whether any eighth octet of the key begins eight octets that are in the memory of the page's WebAssembly.
function inMemory(secret) {
  return page.evaluate(async (secret) => {
    const { memory } = await (await import("/pkg/browser.js")).default();
    const octets = new Uint8Array(memory.buffer);
    const at = (start, piece) => piece.every((octet, index) => octets[start + index] === octet);
    const pieces = [0, 8, 16, 24].map((start) => secret.slice(start, start + 8));
    return octets.some((_, start) => pieces.some((piece) => at(start, piece)));
  }, [...secret]);
}

// What text looks like in a URL, in JSON, in a form, in base64 at each of its three phases.
function disguises(text) {
  const utf8 = Buffer.from(text);
  const shifted = [0, 1, 2].map((by) => {
    const base64 = Buffer.concat([Buffer.alloc(by), utf8]).toString("base64");
    return base64.slice(by && by + 1, -4);
  });
  return [
    utf8,
    encodeURIComponent(text),
    new URLSearchParams({ text }).toString().slice(5),
    JSON.stringify(text).slice(1, -1),
    text.replaceAll(" ", ""),
    utf8.toString("hex"),
    ...shifted,
    ...shifted.map((base64) => base64.replaceAll("+", "-").replaceAll("/", "_")),
  ];
}

function sentInClear() {
  const wire = Buffer.concat(bank.wire);
  const found = (text) => disguises(text).some((disguise) => wire.includes(disguise));
  return Object.entries(FORM).flatMap(([name, text]) => (found(text) ? [name] : []));
}

test("the bank gets what was typed, and the page shows its answer", async () => {
  const shown = await send();
  assert.deepEqual(shown, {
    answer: `Status|accepted|Name|${FORM.name}|Card|ends in 9017|Amount|4711.83`,
    error: "",
  });
  assert.equal(bank.received.length, 1, bank.refused.join());
  const [{ form, protectedHeader, token }] = bank.received;
  assert.deepEqual(form, FORM);
  assert.deepEqual(protectedHeader, {
    alg: "RSA-OAEP-256",
    enc: "A256GCM",
    cty: "application/json",
    kid: "bank-2026",
    url: "/v1/payments",
  });
  assert.equal(await page.locator("#token").textContent(), token);
  assert.deepEqual(complaints, []);

  await send();
  assert.deepEqual(bank.received[1].form, FORM);
  assert.notEqual(bank.received[1].token, token);
  assert.notDeepEqual(bank.received[1].cek, bank.received[0].cek);
});

test("nothing of the form goes out in clear, and nothing anywhere else", async () => {
  await send();
  const wire = Buffer.concat(bank.wire);
  assert.ok(wire.includes(bank.received[0].token), "the record of what went out is complete");
  assert.deepEqual(sentInClear(), []);
  const urls = requests.map((request) => request.url());
  assert.ok(urls.includes(`${bank.origin}/v1/payments`));
  assert.deepEqual(urls.filter((url) => !url.startsWith(`${bank.origin}/`)), []);

  // The search finds what it looks for.
  for (const disguise of disguises(FORM.card)) {
    bank.wire = [Buffer.concat([Buffer.from("?"), Buffer.from(disguise), Buffer.from("&")])];
    assert.deepEqual(sentInClear(), ["card"], disguise);
  }
});

test("the key of a conversation is in WebAssembly, until it ends", async () => {
  const { answer } = bank;
  for (const status of [200, 500]) {
    let underWay;
    bank.answer = async (opened) => {
      underWay = await inMemory(opened.cek);
      return { ...(await answer(opened)), status };
    };
    await send();
    assert.equal(underWay, true, "the search finds a key that is there");
    assert.equal(await inMemory(bank.received.at(-1).cek), false, `after status ${status}`);
  }
});

// Another last octet of one part.
function changed(token, part) {
  const parts = token.split(".");
  const octets = Buffer.from(parts[part], "base64url");
  octets[octets.length - 1] ^= 1;
  parts[part] = octets.toString("base64url");
  return parts.join(".");
}

const ANSWERS = {
  "another tag": [({ token }) => ({ body: changed(token, 4) }), "can't be trusted: decryption failed"],
  "another content": [({ token }) => ({ body: changed(token, 3) }), "can't be trusted: decryption failed"],
  "another IV": [({ token }) => ({ body: changed(token, 2) }), "can't be trusted: decryption failed"],
  "of another conversation": [
    async ({ form }) => ({ body: await seal(form, Buffer.alloc(32, 7)) }),
    "can't be trusted: decryption failed",
  ],
  "the request itself": [
    () => ({ body: bank.received[0].token }),
    "can't be trusted: the token's `alg` is not the algorithm of this key",
  ],
  "not a token": [() => ({ body: '{"Status":"accepted"}' }), "can't be trusted: not a compact JWE"],
  "not encrypted": [
    () => ({ type: "application/json", body: '{"Status":"accepted"}' }),
    "The request failed: the bank's answer isn't encrypted",
  ],
  "a refusal": [() => ({ status: 400 }), "The request failed: the bank answered with status 400"],
};

for (const [name, [alter, expected]] of Object.entries(ANSWERS)) {
  test(`an answer that isn't the bank's: ${name}`, async () => {
    const { answer } = bank;
    bank.answer = async (opened) => ({ ...(await answer(opened)), ...(await alter(opened)) });
    const shown = await send();
    assert.equal(shown.answer, "");
    assert.ok(shown.error.includes(expected), shown.error);
    assert.equal(bank.received.length, 1);
    assert.equal(await inMemory(bank.received[0].cek), false);
    assert.deepEqual(sentInClear(), []);

    bank.answer = answer;
    assert.deepEqual((await send()).error, "", "the next attempt succeeds");
  });
}

const named = { kid: "bank-2026", ...use };
const short = jwk(rsa(1024), named);
const KEYS = {
  "1024 bits": [short, "key: the RSA modulus is shorter than 2048 bits"],
  "1024 bits, in a set": [{ keys: [short] }, "1 skipped, for instance: the RSA modulus is shorter than 2048 bits"],
  "for signatures": [jwk(current, { ...named, use: "sig" }), "key: the JWK's `use` is sig, not enc"],
  "a private key": [{ keys: [{ ...current.privateKey.export({ format: "jwk" }), ...named }] }, "found a private or secret key"],
  "another kid": [{ keys: [jwk(current, { ...named, kid: "bank-2025" })] }, "no key of the set has this `kid`"],
  "the same kid twice": [{ keys: [jwk(current, named), jwk(current, named)] }, "the key is ambiguous"],
  "no JSON": ["<html>", "key: found HTML or XML"],
};

for (const [name, [served, expected]] of Object.entries(KEYS)) {
  test(`a key that is rejected: ${name}`, async () => {
    bank.keys = served;
    const shown = await send();
    assert.equal(shown.answer, "");
    assert.ok(shown.error.startsWith("The bank's key can't be used: "), shown.error);
    assert.ok(shown.error.includes(expected), shown.error);
    assert.deepEqual(requests.filter((request) => request.method() !== "GET"), []);
    assert.deepEqual(sentInClear(), []);
  });
}

test("one JWK instead of a set", async () => {
  bank.keys = jwk(current, named);
  assert.deepEqual((await send()).error, "");
  assert.deepEqual(bank.received[0].form, FORM);
});

test("what the bank says is shown as text", async () => {
  const html = '<img src="nowhere" onerror="document.title = \'run\'">';
  assert.ok((await send({ ...FORM, name: html })).answer.includes(html));
  assert.equal(await page.locator("#answer img").count(), 0);
});

test("a form that isn't filled in isn't sent", async () => {
  await fill({ ...FORM, card: "twelve" });
  await page.getByRole("button", { name: "Encrypt and send" }).click();
  assert.equal(await page.getByLabel(LABELS.card).evaluate((input) => input.validity.patternMismatch), true);
  assert.deepEqual(requests.filter((request) => request.url().endsWith("/jwks.json")), []);
});

test("the policy lets no script in and no data out", async (t) => {
  let visitors = 0;
  const elsewhere = createServer((_, response) => {
    visitors += 1;
    response.writeHead(200, { "Access-Control-Allow-Origin": "*" }).end();
  });
  await new Promise((listening) => elsewhere.listen(0, "127.0.0.1", listening));
  t.after(() => {
    elsewhere.close();
    elsewhere.closeAllConnections();
  });
  const url = `http://127.0.0.1:${elsewhere.address().port}/`;
  const refused = await page.evaluate(async (url) => {
    const directives = [];
    document.addEventListener("securitypolicyviolation", (event) => directives.push(event.effectiveDirective));
    await fetch(url).catch(() => {});
    const add = (name, members) => document.body.append(Object.assign(document.createElement(name), members));
    add("img", { src: url });
    add("script", { textContent: "document.title = 'run'" });
    add("script", { src: url });
    add("form", { action: url, method: "post" });
    document.body.lastElementChild.submit();
    await new Promise((passed) => setTimeout(passed, 500));
    return directives.sort();
  }, url);
  assert.deepEqual(refused, ["connect-src", "form-action", "img-src", "script-src-elem", "script-src-elem"]);
  assert.notEqual(await page.title(), "run");
  assert.equal(visitors, 0);
});

test("without JavaScript nothing is sent", async () => {
  await visit({ javaScriptEnabled: false });
  await fill();
  await page.getByLabel(LABELS.amount).press("Enter");
  await page.getByRole("button").click({ force: true });
  await page.waitForTimeout(500);
  assert.deepEqual(sentInClear(), []);
  assert.deepEqual(requests.map((request) => request.url()).filter((url) => /[?]|payments/.test(url)), []);
});

test("without WebAssembly the page says so, and nothing is sent", async () => {
  await page.route("**/*.wasm", (route) => route.abort());
  await page.reload();
  await page.getByRole("alert").filter({ hasText: "The encryption couldn't be loaded" }).waitFor();
  assert.equal(await page.getByRole("button").isDisabled(), true);
});
