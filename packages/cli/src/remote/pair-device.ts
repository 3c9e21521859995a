/** What a person needs to pair a device: a code, and the link that a phone opens ([AUTH-6]). */
import { httpOrigin } from "@parlatory/client";
import { networkInterfaces } from "node:os";
import type { CommandContext } from "../harness/context.ts";
import { CommandError } from "../harness/error.ts";
import { quoteValue } from "../output/escape.ts";
import { readServerState } from "../server/running-server.ts";
import { createPairCode } from "./devices.ts";

export interface PairPayload {
  readonly code: string;
  readonly link: string;
  readonly expires_at: string;
  readonly loopback_only: boolean;
}

export async function pairDevice(
  context: CommandContext,
  { url }: { readonly url: string | undefined },
): Promise<PairPayload> {
  const given = givenOrigin(context, url);
  const { code, expires_at: expiresAt, origin } = await createPairCode(context);
  const reachable = given ?? (await reachableOrigin(context, origin));
  return { code, link: `${reachable}/pair#${code}`, expires_at: expiresAt, loopback_only: isLoopback(reachable) };
}

/** What was said of where devices reach the server: `--url`, else PARL_PUBLIC_URL. Errors: `bad_request`. */
export function givenOrigin({ env }: Pick<CommandContext, "env">, option: string | undefined): string | undefined {
  const url = option ?? (env.publicUrl === "" ? undefined : env.publicUrl);
  if (url === undefined) return undefined;
  if (/^https?:\/\/[^/?#\s]/iu.test(url) && URL.canParse(url)) return httpOrigin(url);
  throw new CommandError({
    kind: "bad_request",
    operation: "pair",
    target: url,
    message: `${quoteValue(url)} is no address that a device could open`,
    hint: "give one such as https://parl.example with `--url` or PARL_PUBLIC_URL",
  });
}

/** A server that listens on every address is reached on one of this machine's. */
async function reachableOrigin(context: CommandContext, origin: string): Promise<string> {
  const state = await readServerState(context.home);
  if (state.name !== "running") return origin;
  const bound = new URL(state.info.url);
  const isThisOne = new URL(origin).port === bound.port;
  if (!isThisOne || (bound.hostname !== "0.0.0.0" && bound.hostname !== "[::]")) return origin;
  const address = ownAddress();
  return address === undefined ? origin : `${bound.protocol}//${address}:${bound.port}`;
}

function ownAddress(): string | undefined {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const outside = addresses.filter(({ internal }) => !internal);
  const version4 = outside.find(({ family }) => family === "IPv4")?.address;
  if (version4 !== undefined) return version4;
  const version6 = outside.find(({ address }) => !address.startsWith("fe80:"))?.address;
  return version6 === undefined ? undefined : `[${version6}]`;
}

export function isLoopback(origin: string): boolean {
  const { hostname } = new URL(origin);
  return hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d+){3}$/u.test(hostname);
}
