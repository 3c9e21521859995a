import type { HttpQuery, HttpRequestBody, HttpResponseBody, HttpRouteId, HTTP_ROUTES } from "@parlatory/protocol/codec";
import type { MeshRow } from "../store/store.ts";
import type { Caller } from "./caller.ts";

/** A request whose path, caller, parameters and body were found to be in order. */
export interface RouteCall<Id extends HttpRouteId> {
  /** Decoded segments of the path by name. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: HttpQuery<Id>;
  readonly body: HttpRequestBody<Id>;
  /** The body of a route that judges it itself. Raises `payload_too_large`, `bad_json`. */
  readonly readText: () => Promise<string>;
  readonly request: Request;
  /** Of the connection; empty when it is not known. */
  readonly address: string;
}

export interface CallerCall<Id extends HttpRouteId> extends RouteCall<Id> {
  readonly caller: Caller;
}

export interface MeshCall<Id extends HttpRouteId> extends CallerCall<Id> {
  readonly mesh: MeshRow;
}

type PathOf<Id extends HttpRouteId> = (typeof HTTP_ROUTES)[Id]["path"];

export type CallOf<Id extends HttpRouteId> =
  PathOf<Id> extends `/api/v1/meshes/{mesh}${string}`
    ? MeshCall<Id>
    : PathOf<Id> extends `/api/${string}`
      ? CallerCall<Id>
      : RouteCall<Id>;

/** The body of a JSON answer with its headers, or a whole response. */
export type RouteReply<Id extends HttpRouteId> =
  | { body: HttpResponseBody<Id>; status?: number; headers?: Record<string, string> }
  | Response;

/** One handler for each route of the table; a missing one does not compile. */
export type RouteHandlers = {
  [Id in HttpRouteId]: (call: CallOf<Id>) => Promise<RouteReply<Id>> | RouteReply<Id>;
};
