import type { BrokerFrame, ClientFrame, ClientFrameType } from "@parlatory/protocol";
import { BOARD_ROUTES } from "./handlers/boards.ts";
import { MAIL_ROUTES } from "./handlers/mail.ts";
import { PRESENCE_ROUTES } from "./handlers/presence.ts";
import type { Call, Route, Routes } from "./route.ts";

type RoutedType = Exclude<ClientFrameType, "hello" | "send">;
export type RoutedFrame = Extract<ClientFrame, { type: RoutedType }>;

const ROUTES: Routes<RoutedType> = { ...MAIL_ROUTES, ...PRESENCE_ROUTES, ...BOARD_ROUTES };

/** The table's own types tie each type to its frame; looking up by a frame's type loses that, once, here. */
export function routeOf(type: RoutedType): Route<RoutedType> {
  return ROUTES[type] as unknown as Route<RoutedType>;
}

/** Carries out one request. Raises what its handler raises. */
export function dispatch(call: Call, frame: RoutedFrame): BrokerFrame | Promise<BrokerFrame> {
  return routeOf(frame.type).handle(call, frame);
}

/** The empty reply that keeps replies in step with requests after a failed one ([FRM-4]), if its type has one. */
export function emptyReplyTo(type: string, frame?: RoutedFrame): BrokerFrame | undefined {
  return Object.hasOwn(ROUTES, type) ? routeOf(type as RoutedType).emptyReply?.(frame) : undefined;
}
