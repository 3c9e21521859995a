import { afterAll, beforeAll, expect, test } from "vitest";
import { RawClient, legacyHello } from "../support/raw-client.ts";
import { startTestServer, type TestServer } from "../support/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.end());

test("[COMPAT-1] a hello with only the old fields is accepted", async () => {
  const { client, ack } = await RawClient.join(server.wsUrl, legacyHello(server.meshes[0]!.members[0]!));
  expect(ack).toMatchObject({ memberDisplayName: "ada" });
  await client.close();
});
