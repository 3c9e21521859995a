import { watch } from "node:fs";

/**
 * One watch of one directory, not of what is below it. `onEvent` names the entry that changed, where the system says so.
 * Raises where the system gives no more watches; `onError` comes once, and then the watch is dead.
 */
export type WatchDirectory = (
  path: string,
  onEvent: (name: string | undefined) => void,
  onError: (error: Error) => void,
) => DirectoryWatch;

export interface DirectoryWatch {
  close(): void;
}

export const watchDirectory: WatchDirectory = (path, onEvent, onError) => {
  // The server lives by its sockets; a watch alone keeps no process alive.
  const watcher = watch(path, { persistent: false });
  watcher.on("change", (_kind, name) => onEvent(name === null ? undefined : name.toString()));
  watcher.on("error", onError);
  return watcher;
};
