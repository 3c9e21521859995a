// Runs the unit and script tests: everything that needs nothing but npm.
import { runTests } from "./run-tests.ts";

process.exitCode = runTests(["unit", "scripts"], process.argv.slice(2));
