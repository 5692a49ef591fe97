// octokit's OAuth methods, pointed at the simulator: makes the calls asked for in turn, and prints
// what came of each.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const packages = createRequire(process.env.PACKAGES);
const load = async (name) => {
  const folder = packages.resolve.paths(name)[0];
  return import(pathToFileURL(`${folder}/${name}/dist-bundle/index.js`));
};
const methods = await load("@octokit/oauth-methods");
const { request } = await load("@octokit/request");
const { base, calls, ...client } = JSON.parse(process.argv[2]);
const here = { ...client, request: request.defaults({ baseUrl: base }) };

const outcomes = [];
for (const [name, options] of calls) {
  try {
    const { status, url, authentication } = await methods[name]({ ...here, ...options });
    outcomes.push({ status, url, authentication });
  } catch ({ status, message, response }) {
    outcomes.push({ status, message, code: response?.data?.error });
  }
}
console.log(JSON.stringify(outcomes));
