/* Talking to the server. `Offline` means that nothing was answered: try again later. A refusal is an HttpProblem. */

import { HttpProblem, request } from "/static/js/http.js";

const PATIENCE_MS = 20000;

/* Whose page this is: it may come from the phone's store, and somebody else may have signed in meanwhile. */
const OWNER = { "Paceline-Member": document.querySelector("[data-phone-member-value]")?.dataset.phoneMemberValue ?? "" };

export class Offline extends Error {}

/* Paths are the phone's own, but for those that every signed-in page shares. */
function address(path) { return path.startsWith("/geo/") ? path : `/app/api${path}`; }

/* `signal`: breaks it off. */
export async function call(path, { method = "GET", body, headers, signal } = {}) {
  return again(() => request(address(path), { method, body, headers: { ...OWNER, ...headers }, signal: within(PATIENCE_MS, signal) }));
}

/* The run, or null if it is still what we have. */
export async function fetchRun(tag) {
  return again(async () => {
    const headers = { ...OWNER, Accept: "application/json", ...(tag ? { "If-None-Match": tag } : {}) };
    const response = await fetch("/app/api/run", { headers, cache: "no-store", credentials: "same-origin", signal: AbortSignal.timeout(PATIENCE_MS) });
    if (response.status === 304) return null;
    if (!response.ok) throw new HttpProblem(response.status, await response.json().catch(() => ({})));
    return { ...(await response.json()), tag: response.headers.get("ETag") };
  });
}

export async function sendPicture(path, fields, blob, signal) {
  return again(async () => {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    form.append("file", blob, "proof");
    const headers = { ...OWNER, Accept: "application/json", "X-CSRFToken": document.querySelector('meta[name="csrf-token"]').content };
    const response = await fetch(`/app/api${path}`, { method: "POST", body: form, headers, credentials: "same-origin", signal: within(PATIENCE_MS * 3, signal) });
    const answer = await response.json().catch(() => ({}));
    if (!response.ok) throw new HttpProblem(response.status, answer);
    return answer;
  });
}

/* A page from the phone's store carries an old token: fetch a new one (401 if the login has ended) and try once more. */
async function again(ask) {
  try {
    return await ask().catch(async (error) => {
      if (error.code !== "csrf") throw error;
      const { csrf_token } = await request("/app/api/me");
      document.querySelector('meta[name="csrf-token"]').content = csrf_token;
      return ask();
    });
  } catch (error) {
    throw error instanceof HttpProblem ? error : new Offline(error.message, { cause: error });
  }
}

/* Not all browsers have AbortSignal.any. */
function within(ms, signal) {
  const timeout = AbortSignal.timeout(ms);
  if (!signal) return timeout;
  const either = new AbortController();
  for (const one of [timeout, signal]) {
    if (one.aborted) either.abort(one.reason);
    one.addEventListener("abort", () => either.abort(one.reason), { once: true });
  }
  return either.signal;
}
