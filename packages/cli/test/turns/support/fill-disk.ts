import { vi } from "vitest";

/** From now on this call fails in this process as on a full disk, until the mocks are restored. */
export function fillDisk(call: "fsyncSync" | "writeFileSync"): void {
  const fs = process.getBuiltinModule("node:fs");
  vi.spyOn(fs, call).mockImplementation(() => {
    const syscall = call === "fsyncSync" ? "fsync" : "write";
    throw Object.assign(new Error(`ENOSPC: no space left on device, ${syscall}`), { code: "ENOSPC", syscall });
  });
}
