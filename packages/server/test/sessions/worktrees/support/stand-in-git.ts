/**
 * As much of git as a worktree needs, for tests that must not need git: a repository is a folder with `repo.json` in it, a
 * worktree one with a `.git` file. The file `fail-add` beside `repo.json` names how `worktree add` fails.
 */
export const standInGit = String.raw`#!${process.execPath}
const fs = require("node:fs"), path = require("node:path");
const args = process.argv.slice(2);
const end = (code, text) => { if (text) (code ? process.stderr : process.stdout).write(text + "\n"); process.exit(code); };
let top = process.cwd();
while (!fs.existsSync(path.join(top, "repo.json")) && !fs.existsSync(path.join(top, ".git"))) {
  if (top === path.dirname(top)) end(128, "fatal: not a git repository");
  top = path.dirname(top);
}
const link = fs.existsSync(path.join(top, ".git")) ? JSON.parse(fs.readFileSync(path.join(top, ".git"), "utf8")) : undefined;
const repo = link?.repository ?? top;
const state = JSON.parse(fs.readFileSync(path.join(repo, "repo.json"), "utf8"));
fs.appendFileSync(path.join(repo, "calls"), JSON.stringify(args) + "\n");
const save = () => fs.writeFileSync(path.join(repo, "repo.json"), JSON.stringify(state));
const branchOf = (ref) => ref.replace("refs/heads/", "");
const changes = (folder) => fs.readdirSync(folder).filter((name) => name !== ".git");
const [verb, ...rest] = args;
const last = rest.at(-1);
if (verb === "rev-parse" && last === "--show-toplevel") end(0, top);
if (verb === "rev-parse") {
  const tip = last.startsWith("HEAD") ? (link ? state.branches[link.branch] : state.head) : state.branches[branchOf(last)];
  end(tip ? 0 : 1, tip);
}
if (verb === "show-ref") end(state.branches[branchOf(last)] ? 0 : 1);
if (verb === "status") end(0, changes(process.cwd()).map((name) => "?? " + name).join("\n"));
if (verb === "update-ref") {
  const branch = branchOf(rest[1]);
  if (state.branches[branch] !== last) end(1, "fatal: cannot lock ref");
  delete state.branches[branch];
  save();
  end(0);
}
if (verb === "config") end(128, "fatal: no such section");
if (verb === "worktree" && rest[0] === "remove") {
  if (changes(last).length > 0) end(128, "fatal: contains modified or untracked files");
  fs.rmSync(last, { recursive: true });
  end(0);
}
if (verb === "worktree" && rest[0] === "add") {
  const [, , branch, folder, base] = rest;
  const failure = fs.existsSync(path.join(repo, "fail-add")) ? fs.readFileSync(path.join(repo, "fail-add"), "utf8") : "";
  if (failure === "at once") end(128, "fatal: nothing was made");
  state.branches[branch] = base;
  save();
  if (failure === "with a branch") end(128, "fatal: only the branch was made");
  fs.mkdirSync(folder);
  if (failure === "with a folder") end(128, "fatal: an empty folder");
  fs.writeFileSync(path.join(folder, ".git"), JSON.stringify({ repository: repo, branch }));
  if (failure === "in a hook") end(1, "hook failed");
  if (failure === "in a hook with work") { fs.writeFileSync(path.join(folder, "made-by-hook"), ""); end(1, "hook failed"); }
  end(0);
}
end(129, "unknown words: " + args.join(" "));
`;
