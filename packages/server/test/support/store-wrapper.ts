import type { Store } from "../../src/store/store.ts";

/** A store with some of its methods replaced, for a test of what happens when they fail or hang. */
export function withMethods(store: Store, methods: Partial<Store>): Store {
  return new Proxy(store, {
    get: (target, name) => {
      const own = methods[name as keyof Store];
      if (own !== undefined) return own;
      const value = Reflect.get(target, name, target) as unknown;
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}
