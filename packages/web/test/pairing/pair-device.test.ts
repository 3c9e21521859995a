import { HttpUnreachableError, type HttpRequest, type HttpResponse } from "@parlatory/client";
import { expect, test } from "vitest";
import { pairDevice } from "../../src/pairing/pair-device.ts";

const request = { code: "K7QD-2M9X", deviceName: "Chrome on Android" };

function answering(status: number, body: unknown, headers: Record<string, string> = {}) {
  const asked: HttpRequest[] = [];
  const http = (one: HttpRequest): Promise<HttpResponse> => {
    asked.push(one);
    return Promise.resolve({ status, headers, body: typeof body === "string" ? body : JSON.stringify(body) });
  };
  return { asked, http };
}

test("[AUTH-6] a code is exchanged for a key, in the body and nowhere in the address", async () => {
  const { asked, http } = answering(200, { device_id: "d", device_name: "Chrome on Android", api_key: "k", url: "u" });
  expect(await pairDevice(http, "http://parl.example", request)).toEqual({
    kind: "paired",
    apiKey: "k",
    deviceName: "Chrome on Android",
  });
  expect(asked.map(({ method, url }) => `${method} ${url}`)).toEqual(["POST http://parl.example/remote/pair"]);
  expect(JSON.parse(asked[0]?.body ?? "")).toEqual({ code: "K7QD-2M9X", device_name: "Chrome on Android" });
});

test("[AUTH-6] a code that is not valid is told apart from an address the listener does not know", async () => {
  const invalid = answering(403, { error: { code: "pair_code_invalid", message: "…" } });
  expect(await pairDevice(invalid.http, "http://parl.example", request)).toEqual({ kind: "invalid" });
  const foreign = answering(403, { error: "origin_not_allowed", message: "…" });
  expect(await pairDevice(foreign.http, "http://parl.example", request)).toMatchObject({ kind: "failed" });
});

test("[AUTH-8] after too many tries the seconds to wait are told, 60 where the server names none", async () => {
  const named = answering(429, {}, { "retry-after": "17" });
  expect(await pairDevice(named.http, "http://parl.example", request)).toEqual({ kind: "wait", seconds: 17 });
  const unnamed = answering(429, {});
  expect(await pairDevice(unnamed.http, "http://parl.example", request)).toEqual({ kind: "wait", seconds: 60 });
});

test("no answer, one without a key and one that is no JSON are told in words", async () => {
  const away = (one: HttpRequest): Promise<HttpResponse> => Promise.reject(new HttpUnreachableError(one, "away"));
  expect(await pairDevice(away, "http://parl.example", request)).toEqual({ kind: "unreachable" });
  for (const body of ["<html>", "{}", "null"]) {
    expect(await pairDevice(answering(200, body).http, "http://parl.example", request)).toMatchObject({
      kind: "failed",
    });
  }
});
