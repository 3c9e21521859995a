// Generated from route-schemas.ts by `npm run generate`; not to be edited.
// @ts-nocheck: the functions are JavaScript that narrows by itself.
import { countCodePoints } from "../validation/count-code-points.ts";
import type { InputCheck } from "../validation/input-check.ts";
import type { HttpRouteId } from "./routes.ts";

const PATTERN_0 = /^[0-9a-f]{64}$/u;
const PATTERN_1 = /^[A-Za-z0-9_-]{32,128}$/u;
const PATTERN_2 = /^[a-z0-9-]{2,40}$/u;
const PATTERN_3 = /^.*$/u;
const PATTERN_4 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,3})?Z$/u;

/** Checks of the parameters and the body of each route. */
export const HTTP_INPUT_CHECKS: Readonly<Record<HttpRouteId, { readonly query?: InputCheck; readonly request?: InputCheck }>> = {
  getHealth: {},
  getMetrics: {},
  join: {
    request: {
      schema: {"type":"object","required":["peer_pubkey","display_name"],"properties":{"invite_token":{"type":"string"},"join_secret":{"type":"string","pattern":"^[0-9a-f]{64}$"},"peer_pubkey":{"type":"string","pattern":"^[0-9a-f]{64}$"},"display_name":{"type":"string"}}},
      fits: ((value) => ((typeof value === "object" && value !== null && !(Array.isArray(value))) && (("peer_pubkey" in value && "display_name" in value) && ((((value.invite_token === undefined || (!("invite_token" in value) || typeof value.invite_token === "string")) && (value.join_secret === undefined || (!("join_secret" in value) || (typeof value.join_secret === "string" && PATTERN_0.test(value.join_secret))))) && (typeof value.peer_pubkey === "string" && PATTERN_0.test(value.peer_pubkey))) && typeof value.display_name === "string")))),
    },
  },
  showInvite: {},
  setHookStatus: {
    request: {
      schema: {"type":"object","required":["cwd","status"],"properties":{"cwd":{"type":"string","maxLength":4096},"status":{"anyOf":[{"type":"string","const":"idle"},{"type":"string","const":"working"},{"type":"string","const":"dnd"}]},"pid":{"type":"integer"},"session_id":{"type":"string","maxLength":128},"token":{"type":"string","pattern":"^[A-Za-z0-9_-]{32,128}$"}}},
      fits: ((value) => ((typeof value === "object" && value !== null && !(Array.isArray(value))) && (("cwd" in value && "status" in value) && (((((typeof value.cwd === "string" && (value.cwd.length <= 4096 || (value.cwd.length <= 8192 && countCodePoints(value.cwd) <= 4096))) && (((typeof value.status === "string" && value.status === "idle") || (typeof value.status === "string" && value.status === "working")) || (typeof value.status === "string" && value.status === "dnd"))) && (value.pid === undefined || (!("pid" in value) || Number.isInteger(value.pid)))) && (value.session_id === undefined || (!("session_id" in value) || (typeof value.session_id === "string" && (value.session_id.length <= 128 || (value.session_id.length <= 256 && countCodePoints(value.session_id) <= 128)))))) && (value.token === undefined || (!("token" in value) || (typeof value.token === "string" && PATTERN_1.test(value.token)))))))),
    },
  },
  listMeshes: {},
  createMesh: {
    request: {
      schema: {"type":"object","required":["slug","owner_pubkey"],"properties":{"slug":{"type":"string","pattern":"^[a-z0-9-]{2,40}$"},"name":{"type":"string","maxLength":64},"owner_pubkey":{"type":"string","pattern":"^[0-9a-f]{64}$"},"policies":{"type":"object","patternProperties":{"^.*$":{}}}}},
      fits: ((value) => ((typeof value === "object" && value !== null && !(Array.isArray(value))) && (("slug" in value && "owner_pubkey" in value) && ((((typeof value.slug === "string" && PATTERN_2.test(value.slug)) && (value.name === undefined || (!("name" in value) || (typeof value.name === "string" && (value.name.length <= 64 || (value.name.length <= 128 && countCodePoints(value.name) <= 64)))))) && (typeof value.owner_pubkey === "string" && PATTERN_0.test(value.owner_pubkey))) && (value.policies === undefined || (!("policies" in value) || ((typeof value.policies === "object" && value.policies !== null && !(Array.isArray(value.policies))) && Object.entries(value.policies).every(([unique_0, unique_1], _) => ((!(PATTERN_3.test(unique_0)) || true)))))))))),
    },
  },
  getMesh: {},
  archiveMesh: {},
  changePolicies: {
    request: {
      schema: {"type":"object","required":["policies"],"properties":{"policies":{"type":"object","patternProperties":{"^.*$":{}}}}},
      fits: ((value) => ((typeof value === "object" && value !== null && !(Array.isArray(value))) && ("policies" in value && ((typeof value.policies === "object" && value.policies !== null && !(Array.isArray(value.policies))) && Object.entries(value.policies).every(([unique_0, unique_1], _) => ((!(PATTERN_3.test(unique_0)) || true))))))),
    },
  },
  listPeers: {
    query: {
      schema: {"type":"object","properties":{"group":{"type":"string"},"include_offline":{"type":"boolean"}}},
      fits: ((value) => ((typeof value === "object" && value !== null && !(Array.isArray(value))) && ((value.group === undefined || (!("group" in value) || typeof value.group === "string")) && (value.include_offline === undefined || (!("include_offline" in value) || typeof value.include_offline === "boolean"))))),
    },
  },
  listMembers: {},
  addMember: {
    request: {
      schema: {"type":"object","required":["peer_pubkey","display_name","role"],"properties":{"peer_pubkey":{"type":"string","pattern":"^[0-9a-f]{64}$"},"display_name":{"type":"string","minLength":1},"role":{"anyOf":[{"type":"string","const":"admin"},{"type":"string","const":"member"}]}}},
      fits: ((value) => ((typeof value === "object" && value !== null && !(Array.isArray(value))) && ((("peer_pubkey" in value && "display_name" in value) && "role" in value) && (((typeof value.peer_pubkey === "string" && PATTERN_0.test(value.peer_pubkey)) && (typeof value.display_name === "string" && (value.display_name.length >= 2 || (value.display_name.length >= 1 && countCodePoints(value.display_name) >= 1)))) && ((typeof value.role === "string" && value.role === "admin") || (typeof value.role === "string" && value.role === "member")))))),
    },
  },
  revokeMember: {},
  listState: {
    query: {
      schema: {"type":"object","properties":{"prefix":{"type":"string"}}},
      fits: ((value) => ((typeof value === "object" && value !== null && !(Array.isArray(value))) && (value.prefix === undefined || (!("prefix" in value) || typeof value.prefix === "string")))),
    },
  },
  getState: {},
  putState: {
    request: {
      schema: {"type":"object","required":["value"],"properties":{"value":{}}},
      fits: ((value) => ((typeof value === "object" && value !== null && !(Array.isArray(value))) && ("value" in value && true))),
    },
  },
  deleteState: {},
  listMemories: {
    query: {
      schema: {"type":"object","properties":{"query":{"type":"string"},"tags":{"type":"string","description":"separated by commas"},"limit":{"type":"integer","minimum":1,"maximum":100},"before":{"type":"string"}}},
      fits: ((value) => ((typeof value === "object" && value !== null && !(Array.isArray(value))) && ((((value.query === undefined || (!("query" in value) || typeof value.query === "string")) && (value.tags === undefined || (!("tags" in value) || typeof value.tags === "string"))) && (value.limit === undefined || (!("limit" in value) || (Number.isInteger(value.limit) && (!((Number.isFinite(value.limit) || typeof value.limit === "bigint")) || (value.limit >= 1 && value.limit <= 100)))))) && (value.before === undefined || (!("before" in value) || typeof value.before === "string"))))),
    },
  },
  addMemory: {
    request: {
      schema: {"type":"object","required":["content"],"properties":{"content":{"type":"string","minLength":1},"tags":{"type":"array","items":{"type":"string","minLength":1,"maxLength":64},"maxItems":16}}},
      fits: ((value) => ((typeof value === "object" && value !== null && !(Array.isArray(value))) && ("content" in value && ((typeof value.content === "string" && (value.content.length >= 2 || (value.content.length >= 1 && countCodePoints(value.content) >= 1))) && (value.tags === undefined || (!("tags" in value) || (Array.isArray(value.tags) && (value.tags.every((unique_0, index) => ((typeof unique_0 === "string" && ((unique_0.length >= 2 || (unique_0.length >= 1 && countCodePoints(unique_0) >= 1)) && (unique_0.length <= 64 || (unique_0.length <= 128 && countCodePoints(unique_0) <= 64)))))) && value.tags.length <= 16)))))))),
    },
  },
  forgetMemory: {},
  listMessages: {
    query: {
      schema: {"type":"object","properties":{"before":{"type":"string"},"limit":{"type":"integer","minimum":1,"maximum":500}}},
      fits: ((value) => ((typeof value === "object" && value !== null && !(Array.isArray(value))) && ((value.before === undefined || (!("before" in value) || typeof value.before === "string")) && (value.limit === undefined || (!("limit" in value) || (Number.isInteger(value.limit) && (!((Number.isFinite(value.limit) || typeof value.limit === "bigint")) || (value.limit >= 1 && value.limit <= 500)))))))),
    },
  },
  getMessage: {},
  listInvites: {},
  createInvite: {
    request: {
      schema: {"type":"object","required":["token_hash","role","max_uses","expires_at"],"properties":{"token_hash":{"type":"string","pattern":"^[0-9a-f]{64}$"},"role":{"anyOf":[{"type":"string","const":"admin"},{"type":"string","const":"member"}]},"max_uses":{"type":"integer","minimum":1,"maximum":1000},"expires_at":{"type":"integer","minimum":0,"maximum":253402300799,"description":"seconds since the epoch"}}},
      fits: ((value) => ((typeof value === "object" && value !== null && !(Array.isArray(value))) && (((("token_hash" in value && "role" in value) && "max_uses" in value) && "expires_at" in value) && ((((typeof value.token_hash === "string" && PATTERN_0.test(value.token_hash)) && ((typeof value.role === "string" && value.role === "admin") || (typeof value.role === "string" && value.role === "member"))) && (Number.isInteger(value.max_uses) && (!((Number.isFinite(value.max_uses) || typeof value.max_uses === "bigint")) || (value.max_uses >= 1 && value.max_uses <= 1000)))) && (Number.isInteger(value.expires_at) && (!((Number.isFinite(value.expires_at) || typeof value.expires_at === "bigint")) || (value.expires_at >= 0 && value.expires_at <= 253402300799))))))),
    },
  },
  revokeInvite: {},
  listTokens: {},
  createToken: {
    request: {
      schema: {"type":"object","required":["name","scope"],"properties":{"name":{"type":"string","minLength":1,"maxLength":64},"scope":{"anyOf":[{"type":"string","const":"read"},{"type":"string","const":"write"},{"type":"string","const":"admin"}]},"expires_at":{"type":"string","pattern":"^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,3})?Z$"}}},
      fits: ((value) => ((typeof value === "object" && value !== null && !(Array.isArray(value))) && (("name" in value && "scope" in value) && (((typeof value.name === "string" && ((value.name.length >= 2 || (value.name.length >= 1 && countCodePoints(value.name) >= 1)) && (value.name.length <= 64 || (value.name.length <= 128 && countCodePoints(value.name) <= 64)))) && (((typeof value.scope === "string" && value.scope === "read") || (typeof value.scope === "string" && value.scope === "write")) || (typeof value.scope === "string" && value.scope === "admin"))) && (value.expires_at === undefined || (!("expires_at" in value) || (typeof value.expires_at === "string" && PATTERN_4.test(value.expires_at)))))))),
    },
  },
  revokeToken: {},
  listAudit: {
    query: {
      schema: {"type":"object","properties":{"since":{"type":"integer","minimum":0,"description":"only entries with a higher seq"},"verify":{"type":"boolean"}}},
      fits: ((value) => ((typeof value === "object" && value !== null && !(Array.isArray(value))) && ((value.since === undefined || (!("since" in value) || (Number.isInteger(value.since) && (!((Number.isFinite(value.since) || typeof value.since === "bigint")) || value.since >= 0)))) && (value.verify === undefined || (!("verify" in value) || typeof value.verify === "boolean"))))),
    },
  },
  streamEvents: {
    query: {
      schema: {"type":"object","properties":{"since":{"type":"integer","minimum":0}}},
      fits: ((value) => ((typeof value === "object" && value !== null && !(Array.isArray(value))) && (value.since === undefined || (!("since" in value) || (Number.isInteger(value.since) && (!((Number.isFinite(value.since) || typeof value.since === "bigint")) || value.since >= 0)))))),
    },
  },
  pairDevice: {
    request: {
      schema: {"type":"object","required":["code"],"properties":{"code":{"type":"string","maxLength":64,"description":"XXXX-XXXX"},"device_name":{"type":"string","maxLength":64}}},
      fits: ((value) => ((typeof value === "object" && value !== null && !(Array.isArray(value))) && ("code" in value && ((typeof value.code === "string" && (value.code.length <= 64 || (value.code.length <= 128 && countCodePoints(value.code) <= 64))) && (value.device_name === undefined || (!("device_name" in value) || (typeof value.device_name === "string" && (value.device_name.length <= 64 || (value.device_name.length <= 128 && countCodePoints(value.device_name) <= 64))))))))),
    },
  },
  createPairCode: {},
  listDevices: {},
  revokeDevice: {},
};
