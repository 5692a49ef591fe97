// Zoom's own client, Rivet, pointed at the simulator. Its APIs take a base URL; its OAuth host is a
// constant, so that calls to that host alone are led to the simulator on their way out.
import { createRequire } from "node:module";

const packages = createRequire(process.env.PACKAGES);
const axios = packages("axios");
const { MeetingsOAuthClient } = packages("@zoom/rivet/meetings");
const { UsersOAuthClient } = packages("@zoom/rivet/users");
const asked = JSON.parse(process.argv[2]);

axios.interceptors.request.use((config) => {
  const url = new URL(config.url, config.baseURL && `${config.baseURL}/`);
  if (url.origin === "https://zoom.us") return { ...config, url: asked.base + url.pathname };
  return config;
});

class Store {
  constructor(token) {
    this.token = token;
  }
  getLatestToken() {
    return this.token;
  }
  storeToken(token) {
    this.token = token;
  }
}

const store = new Store(asked.token);
const options = {
  clientId: asked.clientId,
  clientSecret: asked.clientSecret,
  disableReceiver: true,
  tokenStore: store,
  baseUrl: `${asked.base}/v2`,
  installerOptions: {
    redirectUri: asked.redirectUri,
    redirectUriPath: new URL(asked.redirectUri).pathname,
    stateStore: "a-secret-for-the-state-of-this-test",
  },
};
const meetings = new MeetingsOAuthClient(options);
const users = new UsersOAuthClient(options);

const steps = {
  authorize: async () => (await meetings.auth.getAuthorizationUrl()).fullUrl,
  exchange: () => meetings.auth.initRedirectCode(asked.code),
  refresh: () => meetings.auth.getToken(),
  user: () => users.endpoints.users.getUser({ path: { userId: "me" } }),
  meeting: () =>
    meetings.endpoints.meetings.createMeeting({ path: { userId: "me" }, body: asked.meeting }),
};

const answers = {};
for (const step of asked.steps) {
  try {
    answers[step] = (await steps[step]()) ?? null;
  } catch (error) {
    const { status, data } = error.cause?.response ?? {};
    answers[step] = { message: error.message, status, data };
  }
}
console.log(JSON.stringify({ answers, token: store.token }));
