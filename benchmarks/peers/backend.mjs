// openapi-backend as its README sets it up: routing and validation by the document, answers from a file.
// node backend.mjs MODULES DOCUMENT ANSWERS PORT
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const [modules, document, recorded, port] = process.argv.slice(2);
const { OpenAPIBackend } = createRequire(modules + "/")("openapi-backend");
const answers = JSON.parse(readFileSync(recorded, "utf8"));
const token = answers.token;

const reply = (name) => (context, request, response) => {
  const { status, headers, body } = answers.replies[name];
  response.writeHead(status, headers);
  response.end(body);
};
const refuse = (status) => (context, request, response) => {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify({ errors: context.validation?.errors ?? [] }));
};

const definition = JSON.parse(readFileSync(document, "utf8"));
const api = new OpenAPIBackend({
  definition,
  apiRoot: "/v2",
  quick: true,
  ajvOpts: { strict: false, validateFormats: false },
});
const { list, get, post } = answers.operations;
api.register({
  [list]: reply("list"),
  [get]: reply("get"),
  [post]: reply("post"),
  validationFail: refuse(422),
  notFound: refuse(404),
  methodNotAllowed: refuse(405),
  unauthorizedHandler: refuse(401),
  notImplemented: refuse(501),
});
for (const scheme of Object.keys(definition.components.securitySchemes)) {
  api.registerSecurityHandler(scheme, (context) => context.request.headers.authorization === "Bearer " + token);
}
await api.init();

createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    const text = chunks.length ? Buffer.concat(chunks).toString() : undefined;
    const [path, query = ""] = request.url.split("?");
    api.handleRequest(
      {
        method: request.method,
        path,
        query,
        headers: request.headers,
        body: text === undefined ? undefined : JSON.parse(text),
      },
      request,
      response,
    );
  });
}).listen(Number(port), "127.0.0.1");
