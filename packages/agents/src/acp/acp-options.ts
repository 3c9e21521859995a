import type { NewSessionResponse, SessionConfigOption } from "@agentclientprotocol/sdk";
import { AgentError } from "../agent-error.ts";
import { PERMISSION_MODES, type PermissionMode } from "../capabilities.ts";
import type { AcpRecord } from "./acp-record.ts";

/** A choice to be made in a new session, by whichever of the protocol's two ways the agent offers. */
export type AcpChoice =
  | { readonly method: "session/set_mode"; readonly modeId: string }
  | { readonly method: "session/set_config_option"; readonly configId: string; readonly value: string };

/** What a session may be put into, and what it is in. */
export type AcpOffers = Pick<NewSessionResponse, "modes" | "configOptions">;

/**
 * How to put a session into `mode`; undefined when it is in it. `isChange`: somebody wants another mode for a session that
 * has one, and `default` is a wish too.
 * @throws AgentError `engine_unsupported` when the agent does not offer it
 */
export function modeChoice(
  mode: PermissionMode,
  offers: AcpOffers,
  record: AcpRecord,
  isChange = false,
): AcpChoice | undefined {
  const { option, offered, current } = modesIn(offers);
  const found = namesOf(mode, record).find((id) => offered.includes(id));
  // What the user set up as stricter stays so: `default` is no wish for more.
  const isStricter = current !== undefined && record.quirks.modes?.plan?.includes(current) === true;
  if (mode === "default" && isStricter && !isChange) return undefined;
  if (found === undefined) {
    if (mode === "default" && (!isChange || current === undefined)) return undefined; // what it does when nobody asks for more
    throw unsupported(mode, `${record.name} has no permission mode '${mode}' (it has ${list(offered)})`, record);
  }
  if (found === current) return undefined;
  if (offers.modes !== undefined && offers.modes !== null) return { method: "session/set_mode", modeId: found };
  return { method: "session/set_config_option", configId: option?.id ?? "mode", value: found };
}

/** Our modes that a session may be put into; `default`, which is whatever it does unasked, is always one. */
export function modesOffered(offers: AcpOffers, record: AcpRecord): PermissionMode[] {
  const { offered } = modesIn(offers);
  return PERMISSION_MODES.filter(
    (mode) => mode === "default" || namesOf(mode, record).some((id) => offered.includes(id)),
  );
}

/** Our name of the mode a session is in; undefined when it has none. */
export function currentMode(offers: AcpOffers, record: AcpRecord): PermissionMode | undefined {
  const { current } = modesIn(offers);
  if (current === undefined) return undefined;
  return PERMISSION_MODES.find((mode) => namesOf(mode, record).includes(current));
}

function namesOf(mode: PermissionMode, record: AcpRecord): string[] {
  return [...(record.quirks.modes?.[mode] ?? []), mode];
}

function modesIn(offers: AcpOffers) {
  const option = selectOf(offers, "mode");
  const offered = offers.modes?.availableModes.map(({ id }) => id) ?? option?.values ?? [];
  return { option, offered, current: offers.modes?.currentModeId ?? option?.current };
}

/**
 * How to choose a model; undefined when it is chosen already.
 * @throws AgentError `engine_unsupported` when the agent does not offer it
 */
export function modelChoice(model: string, offers: AcpOffers, record: AcpRecord): AcpChoice | undefined {
  const option = selectOf(offers, "model");
  if (option === undefined || !option.values.includes(model)) {
    throw unsupported(model, `${record.name} has no model '${model}' (it has ${list(option?.values ?? [])})`, record);
  }
  return option.current === model
    ? undefined
    : { method: "session/set_config_option", configId: option.id, value: model };
}

function selectOf(offers: AcpOffers, category: string): { id: string; current: string; values: string[] } | undefined {
  const option = offers.configOptions?.find((item) => item.category === category && item.type === "select");
  if (option?.type !== "select") return undefined;
  return { id: option.id, current: option.currentValue, values: valuesOf(option) };
}

function valuesOf(option: Extract<SessionConfigOption, { type: "select" }>): string[] {
  return option.options.flatMap((item) => ("value" in item ? [item.value] : item.options.map(({ value }) => value)));
}

function list(values: readonly string[]): string {
  return values.length === 0 ? "none" : values.slice(0, 10).join(", ");
}

function unsupported(target: string, problem: string, record: AcpRecord): AgentError {
  return new AgentError({ kind: "engine_unsupported", target, message: `start ${record.name}: ${problem}` });
}
