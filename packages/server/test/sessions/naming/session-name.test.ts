import { describe, expect, test } from "vitest";
import { sessionName } from "../../../src/sessions/naming/session-name.ts";

const origin = { directory: "/home/anna/shop", createdAt: Date.UTC(2026, 2, 1, 9, 5, 59) };

describe("the name of a session", () => {
  test("[WATCH-7] is the first that applies: given, title, summary, first prompt, longest prompt, directory and time", () => {
    const all = {
      given: "Given",
      title: "Title",
      summary: "Summary",
      firstPrompt: "First prompt",
      longestPrompt: "Go",
    };
    const names: string[] = [];
    for (const left of [["given"], ["title"], ["summary"], ["firstPrompt"], ["longestPrompt"], []]) {
      const first = left[0];
      const keys = Object.keys(all);
      const sources = Object.fromEntries(
        Object.entries(all).filter(([key]) => first !== undefined && keys.indexOf(key) >= keys.indexOf(first)),
      );
      names.push(sessionName({ ...origin, ...sources }));
    }
    expect(names).toEqual(["Given", "Title", "Summary", "First prompt", "Go", "shop - 2026-03-01 09:05"]);
  });

  test("[WATCH-7] is no blank one", () => {
    expect(sessionName({ ...origin, title: " \n", summary: "Carts" })).toBe("Carts");
  });

  test("[WATCH-7] is cut to 60 code points and three dots", () => {
    const cart = "🛒";
    expect(sessionName({ ...origin, title: cart.repeat(60) })).toBe(cart.repeat(60));
    expect(sessionName({ ...origin, title: cart.repeat(61) })).toBe(`${cart.repeat(60)}...`);
    expect(sessionName({ ...origin, title: "x".repeat(61) })).toBe(`${"x".repeat(60)}...`);
  });
});
