/** Preload (`node --import`): the real `bin.ts` then finds the commands of the tests in place of its own table. */
import { registerHooks } from "node:module";

registerHooks({
  resolve: (specifier, context, nextResolve) => {
    const isTable = specifier === "./commands/index.ts" && context.parentURL?.endsWith("/src/bin.ts") === true;
    if (!isTable) return nextResolve(specifier, context);
    return { url: new URL("injected-commands.ts", import.meta.url).href, shortCircuit: true };
  },
});
