import { expect, test } from "vitest";
import { resolveWorkingDirectory } from "../../src/inventory/resolve-working-directory.ts";
import { createProject } from "./support/project.ts";

test("[ERR-3] a working directory is resolved against the current one, which is the default", () => {
  const workingDirectory = createProject({ "sub/x": "" });
  const context = { workingDirectory };

  expect(resolveWorkingDirectory(context, undefined)).toBe(workingDirectory);
  expect(resolveWorkingDirectory(context, "sub/../sub")).toBe(`${workingDirectory}/sub`);
  expect(resolveWorkingDirectory(context, `${workingDirectory}/sub`)).toBe(`${workingDirectory}/sub`);
});

test.each([
  ["missing", "it does not exist"],
  ["file", "it is not a directory"],
  ["file/below", "it does not exist"],
  ["", "it is empty"],
  ["a\0b", "it is not a path"],
  ["x".repeat(300), "ENAMETOOLONG"],
])("[ERR-3] %j is invalid_working_directory", (given, problem) => {
  const workingDirectory = createProject({ file: "" });

  expect(() => resolveWorkingDirectory({ workingDirectory }, given)).toThrow(
    expect.objectContaining({
      kind: "invalid_working_directory",
      message: expect.stringContaining(problem),
      options: expect.objectContaining({ target: given }),
    }),
  );
});
