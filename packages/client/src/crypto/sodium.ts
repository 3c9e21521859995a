export type Sodium = (typeof import("libsodium-wrappers"))["default"];

let loading: Promise<Sodium> | undefined;

/** Loads libsodium once, at first use, and waits until it is ready: half a megabyte that a start without crypto never pays for. */
export function loadSodium(): Promise<Sodium> {
  loading ??= load().catch((cause: unknown) => {
    loading = undefined;
    throw new Error("libsodium could not be loaded; nothing can be signed or sealed. Install the package again.", {
      cause,
    });
  });
  return loading;
}

async function load(): Promise<Sodium> {
  const { default: sodium } = await import("libsodium-wrappers");
  await sodium.ready;
  return sodium;
}
