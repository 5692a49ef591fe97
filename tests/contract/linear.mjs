// Linear's own SDK, pointed at the simulator: makes one call and prints what came of it. It takes
// an address with plain HTTP for this computer alone.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const packages = createRequire(process.env.PACKAGES);
const entry = packages.resolve("@linear/sdk/package.json").replace("package.json", "dist/index.mjs");
const { LinearClient } = await import(pathToFileURL(entry));
const { token, apiUrl, call, given } = JSON.parse(process.argv[2]);
const linear = new LinearClient({ accessToken: token, apiUrl });

const calls = {
  viewer: async () => {
    const { id, name, email, active, createdAt } = await linear.viewer;
    return { id, name, email, active, createdAt: createdAt.toISOString() };
  },
  createIssue: async () => {
    const { success, lastSyncId, issueId } = await linear.createIssue(given);
    return { success, lastSyncId, issueId };
  },
  raw: async () => (await linear.client.rawRequest(given.query, given.variables)).data,
};

try {
  console.log(JSON.stringify({ answer: await calls[call]() }));
} catch (error) {
  const { type, status, message, retryAfter, requestsRemaining, requestsResetAt } = error;
  const userError = error.errors?.[0]?.userError;
  const told = { type, status, message, userError, retryAfter, requestsRemaining, requestsResetAt };
  console.log(JSON.stringify({ kind: error.constructor.name, ...told }));
}
