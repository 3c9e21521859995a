/** Reading and checking what comes over a socket or HTTP: what a server needs at run time. Loads no schema library. */
export { encodeFrame, parseClientFrame, type ParsedClientFrame } from "./mesh/codec.ts";
export { HTTP_ROUTES, type HttpAccess, type HttpRoute, type HttpRouteId } from "./http/routes.ts";
export { HTTP_INPUT_CHECKS } from "./http/input-checks.generated.ts";
export type { HttpQuery, HttpRequestBody, HttpResponseBody } from "./http/route-schemas.ts";
export { readParameters } from "./http/parameters.ts";
export { checkInput, type CheckedInput, type InputCheck } from "./validation/input-check.ts";
