// Finds breaches of the project's layering in a set of source files. It knows no layer by name: which areas there
// are and which may import which is data given by the caller (scripts/test/layering.test.ts holds the table).
import { posix } from "node:path";
import { parseSync, Visitor } from "oxc-parser";

/** A file by its path from the root of the repository, with `/`. */
export interface SourceFile {
  path: string;
  text: string;
}

/** `type` covers `import type`, `export type` and `import("…")` in a type. */
export type ImportKind = "static" | "type" | "dynamic";

export interface FoundImport {
  from: string;
  kind: ImportKind;
  /** Undefined when a dynamic import computes it. */
  specifier: string | undefined;
}

/** A package of the workspace: the folder it lives in and the files its `exports` name, by subpath (`.`, `./node`). */
export interface WorkspacePackage {
  name: string;
  folder: string;
  exports: Readonly<Record<string, string>>;
}

export interface LayeringRules {
  packages: readonly WorkspacePackage[];
  /** Name and paths of each area; a file belongs to the first that matches. */
  areas: readonly (readonly [name: string, paths: RegExp])[];
  /**
   * `a -> b`: a may import b. `a ~> b`: a may load b, by one dynamic import in the whole area, and name its types.
   * `a ~>* b`: the same by any number of dynamic imports.
   */
  edges: readonly string[];
  /** Areas that may import every other one of their own package. */
  knowsAll: readonly string[];
  /** Files that may import a module whose name is not written in the code. */
  computedImports: readonly string[];
}

/** Every import, re-export, dynamic import and `import()` type of `file`. */
export function importsOf(file: SourceFile): FoundImport[] {
  const { program, errors } = parseSync(file.path, file.text);
  if (errors.length > 0) throw new Error(`parse ${file.path}: ${errors[0]?.message}`);
  const found: FoundImport[] = [];
  const add = (kind: ImportKind, specifier: string | undefined) => found.push({ from: file.path, kind, specifier });
  new Visitor({
    ImportDeclaration: (node) => add(node.importKind === "type" ? "type" : "static", node.source.value),
    ExportAllDeclaration: (node) => add(node.exportKind === "type" ? "type" : "static", node.source.value),
    ExportNamedDeclaration: (node) => {
      if (node.source !== null) add(node.exportKind === "type" ? "type" : "static", node.source.value);
    },
    ImportExpression: ({ source }) =>
      add("dynamic", source.type === "Literal" && typeof source.value === "string" ? source.value : undefined),
    TSImportType: (node) => add("type", node.source.value),
  }).visit(program);
  return found;
}

/** All breaches of `rules` in `files`, one sentence each; empty when there are none. */
export function layeringProblems(files: readonly SourceFile[], rules: LayeringRules): string[] {
  if (files.length === 0) return ["no source file was found: the layering test looked at nothing"];
  const problems: string[] = [];
  const areaOf = (path: string) => rules.areas.find(([, paths]) => paths.test(path))?.[0];
  const paths = new Set(files.map((file) => file.path));
  const graph = new Map<string, string[]>();
  const usedEdges = new Map<string, number>();
  const computed = new Set<string>();

  for (const file of files) {
    const area = areaOf(file.path);
    if (area === undefined) problems.push(`${file.path}: belongs to no area of the table`);
    const loaded: string[] = [];
    graph.set(file.path, loaded);
    for (const found of importsOf(file)) {
      if (found.specifier === undefined) {
        computed.add(file.path);
        if (!rules.computedImports.includes(file.path)) {
          problems.push(`${file.path}: imports a module whose name is computed, which hides the edge`);
        }
        continue;
      }
      const target = resolveImport(file.path, found.specifier, rules.packages);
      if (target === undefined) continue;
      if ("problem" in target) {
        problems.push(`${file.path}: ${target.problem}`);
        continue;
      }
      if (!paths.has(target.path)) {
        if (/\.tsx?$/.test(target.path)) problems.push(`${file.path}: imports ${target.path}, which does not exist`);
        continue;
      }
      if (found.kind !== "dynamic") loaded.push(target.path);
      const targetArea = areaOf(target.path);
      if (area === undefined || targetArea === undefined || area === targetArea) continue;
      if (rules.knowsAll.includes(area) && packageOf(file.path) === packageOf(target.path)) continue;
      const lazyEdge = [`${area} ~> ${targetArea}`, `${area} ~>* ${targetArea}`].find((listed) =>
        rules.edges.includes(listed),
      );
      if (found.kind === "type" && lazyEdge !== undefined) continue;
      const edge = found.kind === "dynamic" ? (lazyEdge ?? `${area} ~> ${targetArea}`) : `${area} -> ${targetArea}`;
      usedEdges.set(edge, (usedEdges.get(edge) ?? 0) + 1);
      if (!rules.edges.includes(edge)) problems.push(`${file.path}: imports ${target.path}: no edge ${edge}`);
    }
  }

  for (const edge of rules.edges) {
    const uses = usedEdges.get(edge) ?? 0;
    if (uses === 0) problems.push(`stale edge ${edge}: no file uses it`);
    if (uses > 1 && edge.includes(" ~> ")) problems.push(`edge ${edge}: ${uses} dynamic imports, expected one`);
  }
  for (const [area] of rules.areas) {
    if (!files.some((file) => areaOf(file.path) === area)) problems.push(`stale area ${area}: it has no file`);
  }
  for (const path of rules.computedImports) {
    if (!computed.has(path)) problems.push(`stale entry of computedImports: ${path}`);
  }
  for (const cycle of cyclesIn(graph)) problems.push(`import cycle: ${cycle.join(", ")}`);
  return problems;
}

/** Imports in `files` (tests) that reach into another package past its exports, one sentence each. */
export function deepImportProblems(files: readonly SourceFile[], packages: readonly WorkspacePackage[]): string[] {
  return files.flatMap(importsOf).flatMap(({ from, specifier }) => {
    // What tests share is no part of what is built.
    const isSupport = specifier?.startsWith(".") === true && /\/test\/(?:.*\/)?support\//.test(specifier);
    const target = specifier === undefined || isSupport ? undefined : resolveImport(from, specifier, packages);
    return target !== undefined && "problem" in target ? [`${from}: ${target.problem}`] : [];
  });
}

/** Files longer than `maxLines`, one sentence each. */
export function lengthProblems(files: readonly SourceFile[], maxLines: number): string[] {
  return files
    .map(({ path, text }) => ({ path, lines: text.replace(/\n$/, "").split("\n").length }))
    .filter(({ lines }) => lines > maxLines)
    .map(({ path, lines }) => `${path}: ${lines} lines, expected at most ${maxLines}`);
}

const grabBags = new Set(["common", "helper", "helpers", "lib", "libs", "misc", "shared", "types", "util", "utils"]);

/** Files and folders whose name says nothing about what they hold, one sentence each. */
export function nameProblems(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path }) => {
    const bad = path.split("/").find((part) => grabBags.has(part.replace(/(\.test)?\.[a-z]+$/, "")));
    return bad === undefined ? [] : [`${path}: "${bad}" does not say what is in it`];
  });
}

type Resolved = { path: string } | { problem: string } | undefined;

/** The file an import names, why it may not, or undefined for a package from outside. */
function resolveImport(from: string, specifier: string, packages: readonly WorkspacePackage[]): Resolved {
  if (specifier.startsWith(".")) {
    const path = posix.join(posix.dirname(from), specifier);
    return packageOf(path) === packageOf(from)
      ? { path }
      : { problem: `imports ${specifier}, which leaves its package; import by package name` };
  }
  const owner = packages.find(({ name }) => specifier === name || specifier.startsWith(`${name}/`));
  if (owner === undefined) return undefined;
  const target = owner.exports[`.${specifier.slice(owner.name.length)}`];
  return target === undefined
    ? { problem: `imports ${specifier}, which ${owner.name} does not export` }
    : { path: posix.join(owner.folder, target) };
}

/** `packages/NAME` of a path; for files outside packages/, their top folder. */
function packageOf(path: string): string {
  const [top = "", name = ""] = path.split("/");
  return top === "packages" ? `${top}/${name}` : top;
}

/** Groups of nodes that reach each other (Tarjan's strongly connected components), and nodes that reach themselves. */
function cyclesIn(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const cycles: string[][] = [];
  const visit = (node: string): number => {
    const order = index.size;
    index.set(node, order);
    stack.push(node);
    let lowest = order;
    for (const next of graph.get(node) ?? []) {
      if (!index.has(next)) lowest = Math.min(lowest, visit(next));
      else if (stack.includes(next)) lowest = Math.min(lowest, low.get(next) ?? index.get(next) ?? order);
      low.set(node, lowest);
    }
    low.set(node, lowest);
    if (lowest === order) {
      const group = stack.splice(stack.indexOf(node));
      if (group.length > 1 || graph.get(node)?.includes(node) === true) cycles.push(group.toSorted());
    }
    return lowest;
  };
  for (const node of graph.keys()) if (!index.has(node)) visit(node);
  return cycles;
}
