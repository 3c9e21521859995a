import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { analyze, analyzeMemory, analyzeRuns } from "../../../src/store/search/analyze.ts";
import { STOP_WORDS } from "../../../src/store/search/stop-words.ts";

describe("text analysis", () => {
  test.each([
    ["running", "run"],
    ["runner", "runner"],
    ["policies", "polici"],
    ["caching", "cach"],
    ["staging", "stage"],
    ["generously", "generous"],
    ["dying", "die"],
    ["agencies", "agenc"],
    ["authenticated", "authent"],
    ["organisation", "organis"],
    ["indexes", "index"],
    ["indices", "indic"],
  ])("[MEM-10] the stem of %s is %s", (word, stem) => {
    expect(analyze(word)).toEqual([stem]);
  });

  test("[MEM-6] short words with a double letter keep it in every form", () => {
    expect(analyze("add adds added adding err erred erring egged")).toEqual([
      "add",
      "add",
      "add",
      "add",
      "err",
      "err",
      "err",
      "egg",
    ]);
    expect(analyze("hopped planning")).toEqual(["hop", "plan"]);
  });

  test("[MEM-10] the tokens of the vector", () => {
    expect(analyze("naïve café Deploy_Frozen v1.2.3")).toEqual(["naiv", "cafe", "deploy", "frozen", "v1", "2", "3"]);
  });

  test("[MEM-10] the length of the vector's memory is 7", () => {
    const stems = analyze("Nightly builds cache the npm store for two days");
    expect(stems).toEqual(["night", "build", "cach", "npm", "store", "two", "day"]);
  });

  test("[MEM-11] there are 127 stop words, and none of them is a token in any case", () => {
    expect(STOP_WORDS.size).toBe(127);
    for (const word of STOP_WORDS) expect(analyze(`${word} ${word.toUpperCase()}`)).toEqual([]);
  });

  test("[MEM-11] stop words are taken as they stand, not by their stem", () => {
    expect(analyze("doing doings being beings")).toEqual(["do", "be"]);
    expect(analyze("don't won't")).toEqual(["won"]);
  });

  test("[MEM-6] stop words are dropped before positions are counted", () => {
    expect(analyze("state of the art")).toEqual(["state", "art"]);
  });

  test("[MEM-6] each Han, Hiragana or Katakana character is a token, with its sound mark removed", () => {
    expect(analyze("東京タワーへGo")).toEqual(["東", "京", "タ", "ワ", "ー", "へ", "go"]);
    expect(analyze("ガ ｶﾞ か\u3099")).toEqual(["カ", "カ", "か"]);
    expect(analyze("二〇二六年 人々")).toEqual(["二", "〇", "二", "六", "年", "人", "々"]);
    expect(analyze("𠮷野家")).toEqual(["𠮷", "野", "家"]);
  });

  test("[MEM-6] adjacent Han and Kana characters come as one run, other words each alone", () => {
    expect(analyzeRuns("deploy東京、京都 now v2")).toEqual([["deploy"], ["東", "京"], ["京", "都"], ["v2"]]);
  });

  test("[MEM-6] compatibility forms, marks and case make no difference", () => {
    expect(analyze("ﬁle Ｆｕｌｌ Ⅳ ① ½")).toEqual(["file", "full", "iv", "1", "1", "2"]);
    expect(analyze("İstanbul ÅNGSTRÖM Ñandú")).toEqual(["istanbul", "angstrom", "nandu"]);
    expect(analyze("ΟΔΟΣ'Α ΟΔΟΣ οδος")).toEqual(["οδος", "α", "οδος", "οδος"]);
  });

  test("[MEM-6] everything but letters and digits separates", () => {
    expect(analyze("a_b-c/d\\e:f\u00a0g\u200bh🙂i\u0000j\ud800k¶§")).toEqual([
      "b",
      "c",
      "d",
      "e",
      "f",
      "g",
      "h",
      "j",
      "k",
    ]);
    expect(analyze("")).toEqual([]);
    expect(analyze("…!?")).toEqual([]);
  });

  test("[MEM-6] each tag is a text of its own", () => {
    expect(analyzeMemory({ content: "x1 y1", tags: ["build cache", "the", "東京"] })).toEqual({
      content: ["x1", "y1"],
      tags: [["build", "cach"], [], ["東", "京"]],
    });
  });

  test("[MEM-6] a word too long for an index keeps its identity in a short stand-in", () => {
    const [one, two, three] = ["x".repeat(5_000), "x".repeat(5_001), "x".repeat(5_000).toUpperCase()].map((text) =>
      analyze(text),
    );
    expect(one).toEqual(three);
    expect(one).not.toEqual(two);
    expect(Buffer.byteLength(one?.[0] ?? "")).toBeLessThan(100);
    expect(analyze("x".repeat(255))).toEqual(["x".repeat(255)]);
    expect(analyze("x".repeat(256))[0]).toMatch(/^§[0-9a-f]{64}$/);
    expect(analyze("ж".repeat(127))).toEqual(["ж".repeat(127)]);
    expect(analyze("ж".repeat(128))[0]).toMatch(/^§/);
  });

  test("[MEM-6] whatever the text, a stem is letters and digits only and in lower case", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        for (const stem of analyze(text)) {
          expect(stem).toMatch(/^[\p{L}\p{Nd}〇\u3021-\u3029\u3038-\u303a]+$/u);
          expect(stem).toBe(stem.toLowerCase());
          expect(Buffer.byteLength(stem)).toBeLessThanOrEqual(255);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("[MEM-6] composed, decomposed and upper-case texts of words analyse alike", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-zäöüéèñ ]{0,40}$/), (text) => {
        const stems = analyze(text);
        expect(analyze(text.normalize("NFD"))).toEqual(stems);
        expect(analyze(text.toUpperCase())).toEqual(stems);
      }),
    );
  });
});
