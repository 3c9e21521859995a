import { describe, expect, test } from "vitest";
import { formatPairCode, isWholePairCode, readCodeOfFragment } from "../../src/pairing/pair-code.ts";

describe("the code for pairing", () => {
  test.each([
    ["k7qd2m9x", "K7QD-2M9X"],
    ["K7QD-2M9X", "K7QD-2M9X"],
    [" k7qd – 2m9x\n", "K7QD-2M9X"],
    ["oil0-OIL1", "0110-0111"],
    ["K7QD", "K7QD"],
    ["K7QD-", "K7QD"],
    ["K7QD2", "K7QD-2"],
    ["K7QD2M9XYZ", "K7QD-2M9X"],
    ["http://192.168.1.4:7900/pair#K7QD-2M9X", "K7QD-2M9X"],
    ["https://parl.example/pair#code=K7QD-2M9X&token=secret", "K7QD-2M9X"],
    ["", ""],
  ])("[AUTH-6] %j is written as %j", (typed, written) => {
    expect(formatPairCode(typed)).toBe(written);
  });

  test("[AUTH-6] only eight characters of Crockford's alphabet are a whole code", () => {
    expect(isWholePairCode("K7QD-2M9X")).toBe(true);
    for (const code of ["", "K7QD", "K7QD-2M9", "K7QD-2M9U", "K7QD2M9X"]) expect(isWholePairCode(code)).toBe(false);
  });

  test("[AUTH-6] a link's fragment is the code, or names it beside a token", () => {
    expect(readCodeOfFragment("#K7QD-2M9X")).toBe("K7QD-2M9X");
    expect(readCodeOfFragment("#code=k7qd-2m9x&token=t")).toBe("K7QD-2M9X");
    expect(readCodeOfFragment("#token=t")).toBeUndefined();
    expect(readCodeOfFragment("#")).toBeUndefined();
    expect(readCodeOfFragment("")).toBeUndefined();
  });
});
