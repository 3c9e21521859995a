// What is wrong between the rules of the contracts and the tests that cite them [GEN-1].

export interface RuleList {
  /** Ids of the rules, by contract. */
  readonly contracts: Readonly<Record<string, readonly string[]>>;
  /** Rules that later work owns: they may be cited, and need not be. */
  readonly later: readonly string[];
  /** Rules that have no test yet. This list may only get shorter. */
  readonly untested: readonly string[];
}

export interface TestFile {
  readonly path: string;
  readonly text: string;
}

/** Titles, and the figures of a benchmark, begin with the ids they prove: `"[SEND-5] [ERR-1] …"`, `rule: "PERF-3"`. */
const title = /["'`](?:\[[A-Z][A-Za-z-]*-\d+[a-z]?\],?\s*)+/g;
const figure = /["'`]((?:PERF|HPERF|RPERF)-\d+)["'`]/g;
const bracketed = /\[([A-Z][A-Za-z-]*-\d+[a-z]?)\]/g;

/** Every id that a file cites, once. */
export function citedRules({ text }: TestFile): Set<string> {
  const titles = [...text.matchAll(title)].flatMap(([ids]) => [...ids.matchAll(bracketed)].map(([, id]) => id ?? ""));
  const figures = [...text.matchAll(figure)].map(([, id]) => id ?? "");
  return new Set([...titles, ...figures]);
}

/** One sentence for each fault; none when every rule has a test and every test a rule. */
export function ruleProblems({ contracts, later, untested }: RuleList, files: readonly TestFile[]): string[] {
  const rules = Object.values(contracts).flat();
  const known = new Set([...rules, ...later]);
  const cited = new Map<string, string>();
  for (const file of files) for (const id of citedRules(file)) if (!cited.has(id)) cited.set(id, file.path);
  const problems: string[] = [];
  if (rules.length === 0 || cited.size === 0) problems.push("there are no rules, or no tests that cite any");
  const twice = [...rules, ...later].filter((id, index, all) => all.indexOf(id) !== index);
  for (const id of twice) problems.push(`${id} is listed twice`);
  for (const [id, path] of cited) if (!known.has(id)) problems.push(`${path} cites ${id}, which is no rule`);
  const excused = new Set(untested);
  for (const id of rules) if (!cited.has(id) && !excused.has(id)) problems.push(`no test cites ${id}`);
  for (const id of untested) {
    if (!rules.includes(id)) problems.push(`${id} is listed as untested and is no rule`);
    else if (cited.has(id)) problems.push(`${id} has a test now (${cited.get(id)}): take it off the untested ones`);
  }
  return problems;
}
