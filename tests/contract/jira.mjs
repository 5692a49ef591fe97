// jira.js, whose addresses of Atlassian cannot be set: calls to them are led to `base` instead. Makes
// the calls asked for in turn, and prints what came of each: a value, or the error and how it is told.
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

// By file: `require` finds nothing in it, and the whole of it takes two seconds to load.
const part = (path) =>
  import(pathToFileURL(join(dirname(process.env.PACKAGES), "node_modules/jira.js/dist", path)));
const jira = await part("core/index.js");
const issues = await part("cloud/api/issues.js");
const { base, calls } = JSON.parse(process.argv[2]);

const send = globalThis.fetch;
globalThis.fetch = (url, options) =>
  send(String(url).replace(/^https:\/\/(auth|api)\.atlassian\.com/, base), options);

const make = {
  authorize: (options) => jira.generateAuthorizationUrl(options),
  back: ({ url, ...options }) => jira.parseCallbackUrl(url, options),
  exchange: (options) => jira.exchangeAuthorizationCode(options),
  refresh: (options) => jira.refreshOAuth2Token(options),
  sites: ({ token }) => jira.getAccessibleResources(token),
  async create({ auth, fields }) {
    const renewed = [];
    const onTokenRefresh = (tokens) => renewed.push(tokens);
    const client = jira.createClient({ auth: { type: "oauth2", ...auth, onTokenRefresh } });
    return { issue: await issues.createIssue(client, { fields }), renewed };
  },
};

const told = (error) => ({
  error: error.name,
  status: error.status,
  code: error.error,
  scope: jira.isScopeError(error),
  reauthorize: jira.isReauthorizationRequired(error),
});

const outcomes = [];
for (const [name, options] of calls) {
  try {
    outcomes.push({ value: await make[name](options) });
  } catch (error) {
    outcomes.push(told(error));
  }
}
console.log(JSON.stringify(outcomes));
