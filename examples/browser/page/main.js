const JOSE = "application/jose";
const form = document.querySelector("form");
const button = form.querySelector("button");
const answer = document.querySelector("#answer");
const error = document.querySelector("#error");
const token = document.querySelector("#token");
let BankKey;

async function load() {
  const wasm = await import("./pkg/browser.js");
  await wasm.default();
  BankKey = wasm.BankKey;
}

// A failure with what the page was doing, for people: "The bank's key can't be used: …".
async function step(failed, action) {
  try {
    return await action();
  } catch (reason) {
    throw new Error(`${failed}: ${reason.message}`);
  }
}

async function ask(url, options) {
  const response = await fetch(url, { ...options, cache: "no-store", credentials: "same-origin", redirect: "error" });
  if (!response.ok) {
    throw new Error(`the bank answered with status ${response.status}`);
  }
  return response;
}

// The key is fetched for each request: the bank may have changed it since the page was loaded.
async function bankKey() {
  const served = await step("The bank's key couldn't be fetched", async () => (await ask(form.dataset.keys)).text());
  return step("The bank's key can't be used", () => new BankKey(served, form.dataset.kid));
}

async function seal(json) {
  const key = await bankKey();
  try {
    return await step("The form couldn't be encrypted", () => key.seal(json, form.dataset.action));
  } finally {
    key.free();
  }
}

async function post(body) {
  const headers = { "Content-Type": JOSE, Accept: JOSE };
  const response = await ask(form.dataset.action, { method: "POST", headers, body });
  if (response.headers.get("Content-Type") !== JOSE) {
    throw new Error("the bank's answer isn't encrypted");
  }
  return response.text();
}

// The answer that the bank gives to these fields. The key of the conversation stays in `request`, inside WebAssembly,
// and `free` wipes it.
async function converse(fields) {
  const request = await seal(JSON.stringify(fields));
  try {
    token.textContent = request.token;
    const body = await step("The request failed", () => post(request.token));
    return JSON.parse(await step("The bank's answer can't be trusted", () => request.open(body)));
  } finally {
    request.free();
  }
}

// As text, never as HTML.
function show(object) {
  const list = document.createElement("dl");
  for (const [name, value] of Object.entries(object)) {
    list.append(Object.assign(document.createElement("dt"), { textContent: name }));
    list.append(Object.assign(document.createElement("dd"), { textContent: value }));
  }
  answer.replaceChildren(list);
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  button.disabled = true;
  answer.replaceChildren();
  error.textContent = "";
  try {
    show(await converse(Object.fromEntries(new FormData(form))));
  } catch (failure) {
    error.textContent = failure.message;
  } finally {
    button.disabled = false;
  }
});

try {
  await step("The encryption couldn't be loaded", load);
  button.disabled = false;
} catch (failure) {
  error.textContent = failure.message;
}
