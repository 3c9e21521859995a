// Writes the published schemas, the reference pages and the checks of input from the sources of @parlatory/protocol and
// the definitions of the commands, and the scanner of session files as WebAssembly. With --check nothing is written, and
// files that differ are an error.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  BROKER_FRAME_SCHEMAS,
  CLIENT_FRAME_SCHEMAS,
  REMOTE_CLIENT_MESSAGE_SCHEMAS,
  REMOTE_SERVER_MESSAGE_SCHEMAS,
} from "@parlatory/protocol/schemas";
import { commandTable } from "../packages/cli/src/commands/index.ts";
import { loadDefinitions } from "../packages/cli/src/harness/table.ts";
import { readManifest, root } from "./checkout.ts";
import { compileLineScanner } from "./compile-line-scanner.ts";
import { asyncApiDocument } from "./schema-documents/asyncapi-document.ts";
import { commandReference } from "./schema-documents/command-reference.ts";
import { frameReference, remoteMessageReference } from "./schema-documents/frame-reference.ts";
import { framesSchema } from "./schema-documents/frames-schema.ts";
import { clientFrameChecks, httpInputChecks, remoteClientMessageChecks } from "./schema-documents/input-checks.ts";
import { openApiDocument } from "./schema-documents/openapi-document.ts";

const { version } = readManifest(join(root, "packages/protocol"));
const toJson = (document: unknown): string => `${JSON.stringify(document, null, 2)}\n`;

const files: Readonly<Record<string, string>> = {
  "packages/protocol/src/mesh/client-frame-checks.generated.ts": clientFrameChecks(),
  "packages/protocol/src/remote/client-message-checks.generated.ts": remoteClientMessageChecks(),
  "packages/protocol/src/http/input-checks.generated.ts": httpInputChecks(),
  "packages/server/src/sessions/log/line-scanner-wasm.generated.ts": compileLineScanner(),
  "packages/protocol/schema/mesh-client-frames.schema.json": toJson(
    framesSchema("mesh-client-frames", "Frames from a client to the broker", CLIENT_FRAME_SCHEMAS),
  ),
  "packages/protocol/schema/mesh-broker-frames.schema.json": toJson(
    framesSchema("mesh-broker-frames", "Frames from the broker to a client", BROKER_FRAME_SCHEMAS),
  ),
  "packages/protocol/schema/remote-client-messages.schema.json": toJson(
    framesSchema("remote-client-messages", "Messages from a client of the remote", REMOTE_CLIENT_MESSAGE_SCHEMAS),
  ),
  "packages/protocol/schema/remote-server-messages.schema.json": toJson(
    framesSchema(
      "remote-server-messages",
      "Messages of the server to a client of the remote",
      REMOTE_SERVER_MESSAGE_SCHEMAS,
    ),
  ),
  "packages/protocol/schema/openapi.json": toJson(openApiDocument(version)),
  "packages/protocol/schema/asyncapi.json": toJson(asyncApiDocument(version)),
  "docs/mesh-frames.md": frameReference(),
  "docs/remote-messages.md": remoteMessageReference(),
  "docs/SCHEMAS.md": commandReference(await loadDefinitions(commandTable)),
};

const isCheck = process.argv.includes("--check");
for (const [path, text] of Object.entries(files)) {
  const file = join(root, path);
  if (readIfThere(file) === text) continue;
  if (isCheck) {
    process.stderr.write(`${path} is not what the sources generate; run \`npm run generate\`\n`);
    process.exitCode = 1;
  } else {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    process.stdout.write(`wrote ${path}\n`);
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
