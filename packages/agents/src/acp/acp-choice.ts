import type { ClientContext } from "@agentclientprotocol/sdk";
import type { AcpChoice, AcpOffers } from "./acp-options.ts";

/** Makes a choice in a session; says what is offered, and chosen, from now on. Rejects when the agent refuses. */
export async function makeChoice(
  client: ClientContext,
  sessionId: string,
  choice: AcpChoice,
  offers: AcpOffers,
): Promise<AcpOffers> {
  if (choice.method === "session/set_mode") {
    await client.request("session/set_mode", { sessionId, modeId: choice.modeId });
    return withMode(offers, choice.modeId);
  }
  const { configId, value } = choice;
  const answer = await client.request("session/set_config_option", { sessionId, configId, value });
  return { ...offers, configOptions: answer.configOptions };
}

export function withMode(offers: AcpOffers, modeId: string): AcpOffers {
  const { modes } = offers;
  return modes === undefined || modes === null ? offers : { ...offers, modes: { ...modes, currentModeId: modeId } };
}
