import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  HTTP_ROUTES,
  HTTP_ROUTE_SCHEMAS,
  type HttpRoute,
  type HttpRouteId,
  type HttpRouteSchemas,
} from "@parlatory/protocol/schemas";
import type { MeshRow } from "../../src/store/store.ts";
import { openHttpWorld, ADMIN_TOKEN, type HttpWorld } from "../support/http-world.ts";
import { testKey } from "../support/keys.ts";
import { STORE_KINDS, startStoreSource, type StoreSource } from "../support/store-kinds.ts";

const HOSTILE: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1e308,
  2 ** 53,
  "",
  " ",
  "\u0000",
  "\ud800",
  "x') OR ('1'='1",
  "../../etc/passwd",
  "__proto__",
  "<script>alert(1)</script>",
  "x".repeat(70_000),
  "é".repeat(300),
  "a".repeat(64),
  "9999-99-99T99:99:99Z",
  [],
  [null],
  [[]],
  {},
  { constructor: { prototype: 1 } },
  JSON.parse('{"__proto__":{"polluted":1}}'),
];

const good: Readonly<Record<string, unknown>> = {
  slug: "some-slug",
  owner_pubkey: testKey(1).pubkey,
  policies: { maxPeers: 5 },
  peer_pubkey: testKey(2).pubkey,
  display_name: "n",
  role: "member",
  value: 1,
  content: "c",
  tags: ["t"],
  token_hash: "b".repeat(64),
  max_uses: 1,
  expires_at: 4_000_000_000,
  name: "n",
  scope: "read",
  join_secret: "c".repeat(64),
  invite_token: "abc",
  cwd: "/w",
  status: "idle",
  pid: 5,
  session_id: "s",
  token: "t".repeat(40),
};

const routes = (Object.entries(HTTP_ROUTES) as [HttpRouteId, HttpRoute][])
  .filter(([id]) => id !== "archiveMesh" && id !== "streamEvents")
  .map(([id, route]): [string, HttpRoute & HttpRouteSchemas] => [id, { ...route, ...HTTP_ROUTE_SCHEMAS[id] }]);
const withBody = routes.filter(([, route]) => route.request !== undefined);

describe.each(STORE_KINDS)("hostile input with %s", (kind) => {
  let source: StoreSource;
  let world: HttpWorld;
  let mesh: MeshRow;

  beforeAll(async () => {
    source = await startStoreSource(kind);
    world = await openHttpWorld({ openStore: source.open });
    mesh = await world.createMesh();
  });
  afterAll(async () => {
    await world.close();
    await source.stop();
  });

  test.each(withBody)("[FRM-2] [DB-2] no field of the body of %s can make it fail", async (_, route) => {
    const names = Object.keys((route.request as { properties?: object }).properties ?? {});
    const path = route.path.replace("{mesh}", mesh.id).replaceAll(/\{\w+\}/g, "some-name");
    let requests = 0;
    for (const name of names) {
      for (const [index, value] of HOSTILE.entries()) {
        const body = { ...Object.fromEntries(names.map((other) => [other, good[other]])), [name]: value };
        const answer = await world.call(route.method, path, {
          token: ADMIN_TOKEN,
          body,
          address: `127.1.${requests % 200}.${index}`,
        });
        expect(
          answer.status,
          `${name} = ${JSON.stringify(value).slice(0, 60)}: ${answer.text.slice(0, 200)}`,
        ).toBeLessThan(500);
        requests++;
      }
    }
    expect(requests).toBeGreaterThan(0);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  test.each(routes.filter(([, { path }]) => path.includes("{")))(
    "[FRM-2] [DB-2] no part of the path of %s can make it fail",
    async (_, route) => {
      for (const part of [
        ..."'\"\\%00",
        "%00",
        "%ff",
        "%ed%a0%80",
        "..%2f..%2f",
        "%2e%2e",
        "x".repeat(5_000),
        "'%20OR%201=1--",
        "__proto__",
        "*",
        "%F0%9F%98%80",
      ]) {
        const encoded = part.startsWith("%") ? part : encodeURIComponent(part);
        for (const path of [
          route.path.replaceAll(/\{\w+\}/g, encoded),
          route.path.replace("{mesh}", mesh.id).replaceAll(/\{\w+\}/g, encoded),
        ]) {
          const names = Object.keys((route.request as { properties?: object } | undefined)?.properties ?? {});
          const body = Object.fromEntries(names.map((name) => [name, good[name]]));
          const answer = await world.call(route.method, path, {
            token: ADMIN_TOKEN,
            ...(names.length > 0 ? { body } : {}),
          });
          expect(answer.status, `${path.slice(0, 100)}: ${answer.text.slice(0, 200)}`).toBeLessThan(500);
        }
      }
    },
  );

  test.each(routes.filter(([, { query }]) => query !== undefined))(
    "[FRM-2] [DB-2] no parameter of %s can make it fail",
    async (_, route) => {
      const names = Object.keys((route.query as { properties?: object }).properties ?? {});
      const path = route.path.replace("{mesh}", mesh.id);
      for (const name of names) {
        for (const value of [
          "",
          "%00",
          "%ff",
          "-1",
          "1e9",
          "99999999999999999999",
          "x'%20OR%201=1",
          "*",
          '"',
          "OR",
          "a".repeat(6_000),
          "%F0%9F%98%80",
          "&&",
          "==",
        ]) {
          const answer = await world.call(route.method, `${path}?${name}=${value}`, { token: ADMIN_TOKEN });
          expect(answer.status, `${name}=${value.slice(0, 60)}: ${answer.text.slice(0, 200)}`).toBeLessThan(500);
        }
      }
    },
  );

  test("[OBS-2] nothing of all that was logged as a failure of the broker", () => {
    expect(world.logLines.filter(({ level }) => level === "error")).toEqual([]);
  });
});
