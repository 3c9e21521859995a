import type { RemoteClientMessage, RemoteClientMessageOf } from "@parlatory/protocol/remote";
import { COMMAND_ROUTES } from "./handlers/commands.ts";
import { COMPACTION_ROUTES } from "./handlers/compaction.ts";
import { CONNECTION_ROUTES } from "./handlers/connection.ts";
import { DEVICE_ROUTES } from "./handlers/devices.ts";
import { HISTORY_ROUTES } from "./handlers/history.ts";
import { LIST_ROUTES } from "./handlers/lists.ts";
import { LOCK_ROUTES } from "./handlers/locks.ts";
import { PERMISSION_ROUTES } from "./handlers/permissions.ts";
import { PROMPT_ROUTES } from "./handlers/prompts.ts";
import { PUSH_ROUTES } from "./handlers/push.ts";
import { RESOURCE_ROUTES } from "./handlers/resources.ts";
import { WORKTREE_ROUTES } from "./handlers/worktrees.ts";
import type { OwnType, Route, RoutedType, Routes } from "./route.ts";

/** A message that a handler carries out; `connect` and `ping` are the socket's own. */
export type RoutedMessage = Exclude<RemoteClientMessage, RemoteClientMessageOf<OwnType>>;

const ROUTES: Routes<RoutedType> = {
  ...CONNECTION_ROUTES,
  ...PROMPT_ROUTES,
  ...LOCK_ROUTES,
  ...HISTORY_ROUTES,
  ...LIST_ROUTES,
  ...PERMISSION_ROUTES,
  ...COMPACTION_ROUTES,
  ...COMMAND_ROUTES,
  ...RESOURCE_ROUTES,
  ...WORKTREE_ROUTES,
  ...PUSH_ROUTES,
  ...DEVICE_ROUTES,
};

/** The table's own types tie each type to its message; looking up by a message's type loses that, once, here. */
export function routeOf(message: RoutedMessage): Route<RoutedType> {
  return ROUTES[message.type] as unknown as Route<RoutedType>;
}
