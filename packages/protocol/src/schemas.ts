/** The schema values and the codec: what a server needs. Kept apart from the index, so that a client never loads a validator. */
export { CLIENT_FRAME_SCHEMAS } from "./mesh/client-frames.ts";
export { BROKER_FRAME_SCHEMAS } from "./mesh/broker-frames.ts";
export { encodeFrame, parseClientFrame, type ParsedClientFrame } from "./mesh/codec.ts";
export { compileJsonSchema } from "./harness/compile-json-schema.ts";
export {
  HTTP_ROUTES,
  type HttpAccess,
  type HttpQuery,
  type HttpRequestBody,
  type HttpResponseBody,
  type HttpRoute,
  type HttpRouteId,
} from "./http/routes.ts";
export { HttpErrorSchema } from "./http/bodies.ts";
export { checkInput, readParameters, type CheckedInput } from "./http/parameters.ts";
