/* Requests to our own server: JSON or a form's fields in, JSON out, with the CSRF token; a refusal becomes an HttpProblem with its words. */

export class HttpProblem extends Error {
  constructor(status, problem) {
    super(problem.detail ?? problem.title ?? `HTTP ${status}`);
    this.status = status;
    this.code = problem.code;
    this.errors = problem.errors ?? [];
  }
}

export async function request(url, { method = "GET", body, headers = {}, signal } = {}) {
  const token = document.querySelector('meta[name="csrf-token"]')?.content;
  const is_form = body instanceof URLSearchParams || body instanceof FormData;
  const response = await fetch(url, {
    method,
    signal,
    credentials: "same-origin",
    headers: {
      Accept: "application/json",
      ...(body === undefined || is_form ? {} : { "Content-Type": "application/json" }),
      ...(method !== "GET" && token ? { "X-CSRFToken": token } : {}),
      ...headers,
    },
    body: body === undefined || is_form ? body : JSON.stringify(body),
  });
  const is_json = response.headers.get("Content-Type")?.includes("json");
  const answer = is_json ? await response.json() : null;
  if (!response.ok) throw new HttpProblem(response.status, answer ?? {});
  return answer;
}
