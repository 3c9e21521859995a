import { StoreUnavailableError, type Store } from "../../src/store/store.ts";

/** Stands between the server and its real store: lets calls through, refuses them, or never answers. */
export class Outage {
  mode: "up" | "refusing" | "hanging" = "up";

  wrap = (store: Store): Store =>
    new Proxy(store, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== "function" || name === "close" || name === "loadBoot") {
          return typeof member === "function" ? (member as (...args: unknown[]) => unknown).bind(target) : member;
        }
        return (...args: unknown[]): Promise<unknown> => {
          if (this.mode === "refusing") {
            return Promise.reject(new StoreUnavailableError("the test switched the database off"));
          }
          if (this.mode === "hanging") return new Promise(() => undefined);
          return (member as (...args: unknown[]) => Promise<unknown>).apply(target, args);
        };
      },
    });
}
