/** What bootstrap tells of this runtime and of the directory it works in [CMD-bootstrap-3]. */
import type { CommandContext } from "../harness/context.ts";
import type { CommandRow, Inventory, ProjectRunner } from "../inventory/inventory.ts";

export interface SetupFacts {
  /** The key is kept for older callers; the product does not use Python. */
  readonly python_version: "n/a";
  readonly implementation: string;
  readonly platform_name: string;
  readonly test_command: string;
  readonly runtime_version: string;
  readonly working_directory: string;
}

const runners: readonly ProjectRunner[] = ["npm", "make", "just", "task"];

/** `directory`: absolute. */
export async function readSetupFacts(
  context: Pick<CommandContext, "product">,
  inventory: Inventory,
  directory: string,
): Promise<SetupFacts> {
  const { platform, arch } = process.getBuiltinModule("node:os");
  const { runtime, runtimeVersion } = context.product;
  return {
    python_version: "n/a",
    implementation: runtime,
    platform_name: `${platform()}-${arch()}`,
    test_command: findTestCommand(inventory.source === "own" ? inventory.commands : await projectRows(directory)),
    runtime_version: runtimeVersion,
    working_directory: directory,
  };
}

/** `npm test` and the like: the first of the runners that has a target `test`. */
function findTestCommand(rows: readonly CommandRow[]): string {
  const found = runners.find((runner) =>
    rows.some(({ handler }) => handler?.type === "project" && handler.runner === runner && handler.target === "test"),
  );
  return found === undefined ? "none" : `${found} test`;
}

/** An external inventory says nothing of the directory; what cannot be used in that has no part in this run. */
async function projectRows(directory: string): Promise<readonly CommandRow[]> {
  const [{ RowCollector }, { addProjectTargets }] = await Promise.all([
    import("../inventory/row-collector.ts"),
    import("../inventory/project-targets.ts"),
  ]);
  const rows = new RowCollector<CommandRow>(() => undefined);
  await addProjectTargets(rows, directory);
  return rows.rows;
}
