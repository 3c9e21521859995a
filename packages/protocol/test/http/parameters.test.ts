import { expect, test } from "vitest";
import { HTTP_INPUT_CHECKS, checkInput, readParameters, type InputCheck } from "../../src/codec.ts";

function present(check: InputCheck | undefined): InputCheck {
  if (check === undefined) throw new Error("the route has no such check");
  return check;
}

test("[HTTP-1] the first offending field is named", () => {
  const check = present(HTTP_INPUT_CHECKS.addMemory.request);
  expect(checkInput(check, { content: "x", tags: ["a", ""] })).toMatchObject({ ok: false, field: "tags[1]" });
  expect(checkInput(check, {})).toEqual({ ok: false, field: "content", problem: "is missing" });
  expect(checkInput(check, { content: "x", unknown: 1 })).toMatchObject({ ok: true });
});

test("[HTTP-1] query parameters are read as the schema means them", () => {
  const check = present(HTTP_INPUT_CHECKS.listAudit.query);
  expect(readParameters(check, new URLSearchParams("since=7&verify=1&other=x"))).toEqual({
    ok: true,
    value: { since: 7, verify: true },
  });
  expect(readParameters(check, new URLSearchParams("verify=false"))).toEqual({ ok: true, value: { verify: false } });
  for (const text of ["since=", "since=-1", "since=1.5", "since=0x1", "verify=maybe", "verify="]) {
    expect(readParameters(check, new URLSearchParams(text))).toMatchObject({ ok: false, field: text.split("=")[0] });
  }
  expect(readParameters(check, new URLSearchParams("__proto__=1&constructor=2"))).toEqual({ ok: true, value: {} });
});
