// Talking to the API: one envelope, one kind of failure.

const API = "/api/integrations";
const PATIENCE = 35_000; // longer than the gateway's 30 seconds, so that its answer comes first
const MOST_PAGES = 20;

class Failure extends Error {
  constructor({ code, message = "", requestId = null }) {
    super(message || code);
    Object.assign(this, { code, advice: message, requestId });
  }

  get endsSession() {
    return this.code === "unauthenticated";
  }
}

async function call(method, path, { body, headers = {} } = {}) {
  const asked = { authorization: `Bearer ${session.token}`, ...headers };
  if (body) asked["content-type"] = "application/json";
  let response;
  try {
    response = await fetch(API + path, {
      method,
      headers: asked,
      body: body ? JSON.stringify(body) : undefined,
      credentials: "include", // connect sets the cookie that binds the flow to this browser
      cache: "no-store",
      redirect: "error",
      signal: AbortSignal.timeout(PATIENCE),
    });
  } catch (cause) {
    throw new Failure({ code: cause.name === "TimeoutError" ? "timeout" : "offline" });
  }
  const answer = (await response.json().catch(() => null)) ?? {};
  if (response.ok && answer.success) return answer;
  throw failureOf(response, answer);
}

function failureOf(response, { error }) {
  // The gateway's own refusals carry no error: they mean that the token is no longer good.
  if (response.status === 401 || (response.status === 403 && !error)) {
    return new Failure({ ...error, code: "unauthenticated" });
  }
  const known = Object.hasOwn(API_PROBLEMS, error?.code ?? "");
  const failure = new Failure({ ...error, code: known ? error.code : "internal" });
  const seconds = Number(response.headers.get("retry-after"));
  if (failure.code === "rate_limited" && seconds > 0) failure.advice += ` Try again in ${seconds} seconds.`;
  return failure;
}

async function fetchIntegrations() {
  const found = [];
  let cursor = null;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const query = new URLSearchParams({ limit: "200", ...(cursor && { cursor }) });
    const answer = await call("GET", `?${query}`);
    found.push(...answer.data);
    cursor = answer.nextCursor;
    if (!cursor) break;
  }
  return { integrations: found, more: Boolean(cursor) };
}

async function fetchEverything() {
  const [catalogue, listed] = await Promise.all([call("GET", "/providers"), fetchIntegrations()]);
  return { providers: catalogue.data, ...listed };
}

const beginConnect = (providerId, scopes) => call("POST", "/connect", { body: { providerId, scopes } });
const beginReconnect = (id, scopes) =>
  call("POST", `/${encodeURIComponent(id)}/reconnect`, { body: { scopes } });
const disconnect = (id) => call("DELETE", `/${encodeURIComponent(id)}`);
const sendMessage = (id, body, key) =>
  call("POST", `/${encodeURIComponent(id)}/actions/send_message`, {
    body,
    headers: { "idempotency-key": key },
  });
