/** The schema values and what turns them into checks: for generators, tests and the CLI. They load a schema library. */
export { CLIENT_FRAME_SCHEMAS } from "./mesh/client-frames.ts";
export { BROKER_FRAME_SCHEMAS } from "./mesh/broker-frames.ts";
export { REMOTE_CLIENT_MESSAGE_SCHEMAS } from "./remote/client-messages.ts";
export { REMOTE_SERVER_MESSAGE_SCHEMAS } from "./remote/server-messages.ts";
export { HTTP_ROUTES, type HttpAccess, type HttpRoute, type HttpRouteId } from "./http/routes.ts";
export { HTTP_ROUTE_SCHEMAS, type HttpRouteSchemas } from "./http/route-schemas.ts";
export { HttpErrorSchema } from "./http/bodies.ts";
export { compileJsonSchema } from "./harness/compile-json-schema.ts";
export { generateCheck } from "./validation/generate-check.ts";
