import { build } from "vite";

/** One classic script that needs no other file: workers as modules are not known everywhere. */
export async function buildScript(source: string, define: Readonly<Record<string, string>>): Promise<string> {
  const output = await build({
    configFile: false,
    logLevel: "warn",
    publicDir: false,
    define: { ...define },
    build: {
      write: false,
      target: "es2023",
      modulePreload: false,
      // Only what is used: nothing that a script imports does anything by being imported.
      rolldownOptions: { input: source, output: { format: "iife" }, treeshake: { moduleSideEffects: false } },
    },
  });
  const [result] = Array.isArray(output) ? output : [output];
  if (result === undefined || !("output" in result)) throw new Error(`${source} was not built`);
  return result.output[0].code;
}
