// Providers' own verifiers of webhooks, on deliveries that a file holds: prints what each made of
// them, true or false. What a verifier throws is its way of saying no.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const packages = createRequire(process.env.PACKAGES);
const { provider, secret, now, path } = JSON.parse(process.argv[2]);
const deliveries = JSON.parse(readFileSync(path, "utf8")).map((each) => ({
  ...each,
  body: Buffer.from(each.body, "base64"),
}));
const folder = packages.resolve.paths("any")[0];
const load = (name) => import(pathToFileURL(`${folder}/${name}`));

Date.now = () => now * 1000;
for (const name of ["debug", "log", "info", "warn", "error"]) console[name] = () => {};

const verifiers = {
  github: async () => {
    const { verify } = await load("@octokit/webhooks-methods/dist-node/index.js");
    return ({ body, signature }) => verify(secret, body.toString(), signature);
  },
  notion: async () => {
    const { verifyWebhookSignature } = packages("@notionhq/client");
    return ({ body, signature }) =>
      verifyWebhookSignature({ body, signature, verificationToken: secret });
  },
  linear: async () => {
    const { LinearWebhookClient } = await load("@linear/sdk/dist/webhooks/index.mjs");
    const client = new LinearWebhookClient(secret);
    return ({ body, signature }) => client.verify(body, signature);
  },
  zoom: async () => {
    const { AwsLambdaReceiver } = packages("@zoom/rivet/meetings");
    const receiver = new AwsLambdaReceiver({ webhooksSecretToken: secret });
    receiver.init({ eventEmitter: { emit: async () => {} } });
    const receive = receiver.start();
    return async ({ body, signature, stamp }) => {
      const headers = { "x-zm-signature": signature, "x-zm-request-timestamp": stamp };
      const event = { body: body.toString(), headers, isBase64Encoded: false };
      return (await receive(event, {})).statusCode === 200;
    };
  },
};

const verify = await verifiers[provider]();
const told = [];
for (const each of deliveries) {
  try {
    told.push((await verify(each)) === true);
  } catch {
    told.push(false);
  }
}
process.stdout.write(JSON.stringify(told));
