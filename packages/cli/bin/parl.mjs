#!/usr/bin/env node
// The launcher of `parl`. It must parse on old Node versions, so it is plain JavaScript and stays small:
//   Node 24 or newer:  turn on the compile cache, then load the program (sources in a checkout, dist when installed);
//   older Node:        run-pinned.mjs runs this file again on the Node 24 that a checkout pins, or says what is needed.
// It must not know any command or option: arguments are passed on as they are.
// Built-in modules come from getBuiltinModule, not from an import: that alone saves a tenth of the start-up [HPERF-3].

// The only place where a runtime warning is held back. `node:sqlite` and type stripping are experimental in the
// first 24.x releases and say so on stderr at every start, and stderr must stay empty in json mode [ENV-6]. Exactly
// these two messages are dropped; every other warning keeps its way.
function silenceExpectedWarnings() {
  const expected = /^(SQLite|Type Stripping) is an experimental feature/;
  const emitWarning = process.emitWarning.bind(process);
  process.emitWarning = function (warning, ...rest) {
    const type = typeof rest[0] === "object" && rest[0] !== null ? rest[0].type : rest[0];
    if (type === "ExperimentalWarning" && expected.test(String(warning))) return;
    emitWarning(warning, ...rest);
  };
}

if (Number.parseInt(process.versions.node, 10) >= 24) {
  silenceExpectedWarnings();
  process.getBuiltinModule("node:module").enableCompileCache();
  const source = new URL("../src/bin.ts", import.meta.url);
  const isCheckout = process.getBuiltinModule("node:fs").existsSync(source);
  await import(isCheckout ? source.href : new URL("../dist/bin.js", import.meta.url).href);
} else {
  const { runPinned } = await import("./run-pinned.mjs");
  runPinned(new URL(import.meta.url), 24);
}
