import { expect, test } from "vitest";
import { foldHome, nameProjects } from "../../src/sessions/project-names.ts";

test("homes are folded where homes lie, whole folders only", () => {
  expect(foldHome("/home/anna/work/shop")).toBe("~/work/shop");
  expect(foldHome("/Users/anna")).toBe("~");
  expect(foldHome("/root/x")).toBe("~/x");
  expect(foldHome("/rooted/x")).toBe("/rooted/x");
  expect(foldHome("/srv/home/anna")).toBe("/srv/home/anna");
});

test("a project is called by its last folder, with the way to it before", () => {
  const names = nameProjects(["/home/anna/work/shop", "/srv/api", "/opt", "/", "/home/anna"]);
  expect(names.get("/home/anna/work/shop")).toEqual({ base: "shop", lead: "~/work/", short: "shop" });
  expect(names.get("/srv/api")).toEqual({ base: "api", lead: "/srv/", short: "api" });
  expect(names.get("/opt")).toEqual({ base: "opt", lead: "/", short: "opt" });
  expect(names.get("/")?.base).toBe("/");
  expect(names.get("/home/anna")).toEqual({ base: "~", lead: "", short: "~" });
});

test("two projects of one base name are told apart by as little as does it", () => {
  const names = nameProjects(["/home/anna/a/shop", "/home/anna/b/shop", "/srv/x/b/shop", "/home/anna/cart"]);
  expect([...names.values()].map(({ short }) => short)).toEqual(["a/shop", "~/b/shop", "x/b/shop", "cart"]);
});

test("[WATCH-8] a placeholder is shown as it is", () => {
  const text = "[from project: -srv-gone]";
  expect(nameProjects([text]).get(text)).toEqual({ base: text, lead: "", short: text });
});
