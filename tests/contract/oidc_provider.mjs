// A second authorization server for the engine, not of our making: panva's oidc-provider. People log
// in under any name; `client` is the one registered application.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const packages = createRequire(process.env.PACKAGES);
const { default: Provider } = await import(pathToFileURL(packages.resolve("oidc-provider")));
const { client } = JSON.parse(process.argv[2]);

const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://localhost:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{ ...client, grant_types: ["authorization_code", "refresh_token"] }],
    claims: { email: ["email"] },
    conformIdTokenClaims: false,
    cookies: { keys: ["only-for-this-test"] },
    features: { revocation: { enabled: true }, introspection: { enabled: true } },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, email: `${id}@example.org` }) }),
    pkce: { required: () => true },
    rotateRefreshToken: true,
    scopes: ["openid", "offline_access", "email"],
    ttl: { AccessToken: 3600, AuthorizationCode: 60, RefreshToken: 86400, Grant: 86400 },
  });
  server.on("request", provider.callback());
  console.log(JSON.stringify({ issuer }));
});
