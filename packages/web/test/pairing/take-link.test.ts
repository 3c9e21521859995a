import { expect, test } from "vitest";
import { takeLink } from "../../src/pairing/take-link.ts";

/** A page at an address, as far as taking a link needs one. */
function openPage(address: string) {
  const url = new URL(address, "http://parl.example");
  const stored = new Map<string, string>();
  const replaced: string[] = [];
  const location = {
    get hash() {
      return url.hash;
    },
    pathname: url.pathname,
  } as Location;
  const history = {
    state: null,
    replaceState(_state: unknown, _title: string, path: string) {
      replaced.push(path);
      url.hash = "";
    },
  } as unknown as History;
  const storage = {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => void stored.set(key, value),
  } as Storage;
  return { location, history, storage, stored, replaced, address: () => url.pathname + url.hash };
}

test("[AUTH-6] a link's code is taken out of the address and given back", () => {
  const page = openPage("/pair#K7QD-2M9X");
  expect(takeLink(page.location, page.history, page.storage)).toBe("K7QD-2M9X");
  expect(page.address()).toBe("/pair");
  expect(page.stored.size).toBe(0);
});

test("[DASH-1] the token beside a code is kept for this tab, and both leave the address", () => {
  const page = openPage("/pair#code=K7QD-2M9X&token=secret");
  expect(takeLink(page.location, page.history, page.storage)).toBe("K7QD-2M9X");
  expect(page.address()).toBe("/pair");
  expect([...page.stored.values()]).toEqual(["secret"]);
});

test("[DASH-1] a token alone is taken on every page, and there is no code", () => {
  const page = openPage("/mesh/peers#token=secret");
  expect(takeLink(page.location, page.history, page.storage)).toBeUndefined();
  expect(page.address()).toBe("/mesh/peers");
  expect([...page.stored.values()]).toEqual(["secret"]);
});

test("a fragment of another page is left alone", () => {
  const page = openPage("/sessions#page");
  expect(takeLink(page.location, page.history, page.storage)).toBeUndefined();
  expect(page.replaced).toEqual([]);
});
