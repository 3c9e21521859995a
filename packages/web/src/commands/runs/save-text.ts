/** Hands a text to the browser as a file to be kept. */
export function saveText(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The download has taken the blob over by the next task.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** As `npm.test-2026-03-01T09-00-07.txt`. */
export function outputFileName(commandId: string, timestamp: string): string {
  const name = commandId.replaceAll(/[^A-Za-z0-9._-]/g, "_").slice(0, 60);
  return `${name}-${timestamp.slice(0, 19).replaceAll(":", "-")}.txt`;
}
