/** Names of fields and kinds that the scanner knows, in its memory. */
import { NAMES } from "./memory-layout";

const NAME_BYTES: usize = 32;
export const TYPE: usize = NAMES;
export const UUID: usize = TYPE + NAME_BYTES;
export const PARENT_UUID: usize = UUID + NAME_BYTES;
export const IS_SIDECHAIN: usize = PARENT_UUID + NAME_BYTES;
export const IS_META: usize = IS_SIDECHAIN + NAME_BYTES;
export const IS_API_ERROR: usize = IS_META + NAME_BYTES;
export const IS_COMPACT: usize = IS_API_ERROR + NAME_BYTES;
export const TIMESTAMP: usize = IS_COMPACT + NAME_BYTES;
export const CWD: usize = TIMESTAMP + NAME_BYTES;
export const MESSAGE_KEY: usize = CWD + NAME_BYTES;
export const ATTACHMENT: usize = MESSAGE_KEY + NAME_BYTES;
export const CONTENT: usize = ATTACHMENT + NAME_BYTES;
export const MODEL: usize = CONTENT + NAME_BYTES;
export const STOP_REASON: usize = MODEL + NAME_BYTES;
export const USAGE: usize = STOP_REASON + NAME_BYTES;
export const INPUT_TOKENS: usize = USAGE + NAME_BYTES;
export const OUTPUT_TOKENS: usize = INPUT_TOKENS + NAME_BYTES;
export const CACHE_CREATION: usize = OUTPUT_TOKENS + NAME_BYTES;
export const CACHE_READ: usize = CACHE_CREATION + NAME_BYTES;
export const ID: usize = CACHE_READ + NAME_BYTES;
export const TOOL_USE_ID: usize = ID + NAME_BYTES;
export const TEXT: usize = TOOL_USE_ID + NAME_BYTES;
export const TOOL_USE: usize = TEXT + NAME_BYTES;
export const TOOL_RESULT: usize = TOOL_USE + NAME_BYTES;
export const USER_TYPE: usize = TOOL_RESULT + NAME_BYTES;
export const ASSISTANT: usize = USER_TYPE + NAME_BYTES;
export const SUMMARY: usize = ASSISTANT + NAME_BYTES;
export const AI_TITLE: usize = SUMMARY + NAME_BYTES;
export const CUSTOM_TITLE: usize = AI_TITLE + NAME_BYTES;
export const QUEUED_COMMAND: usize = CUSTOM_TITLE + NAME_BYTES;
export const END_TURN: usize = QUEUED_COMMAND + NAME_BYTES;
export const STOP_SEQUENCE: usize = END_TURN + NAME_BYTES;
export const MAX_TOKENS: usize = STOP_SEQUENCE + NAME_BYTES;
export const REFUSAL: usize = MAX_TOKENS + NAME_BYTES;
export const TRUE: usize = REFUSAL + NAME_BYTES;
export const FALSE: usize = TRUE + NAME_BYTES;
export const NULL: usize = FALSE + NAME_BYTES;

define(TYPE, "type");
define(UUID, "uuid");
define(PARENT_UUID, "parentUuid");
define(IS_SIDECHAIN, "isSidechain");
define(IS_META, "isMeta");
define(IS_API_ERROR, "isApiErrorMessage");
define(IS_COMPACT, "isCompactSummary");
define(TIMESTAMP, "timestamp");
define(CWD, "cwd");
define(MESSAGE_KEY, "message");
define(ATTACHMENT, "attachment");
define(CONTENT, "content");
define(MODEL, "model");
define(STOP_REASON, "stop_reason");
define(USAGE, "usage");
define(INPUT_TOKENS, "input_tokens");
define(OUTPUT_TOKENS, "output_tokens");
define(CACHE_CREATION, "cache_creation_input_tokens");
define(CACHE_READ, "cache_read_input_tokens");
define(ID, "id");
define(TOOL_USE_ID, "tool_use_id");
define(TEXT, "text");
define(TOOL_USE, "tool_use");
define(TOOL_RESULT, "tool_result");
define(USER_TYPE, "user");
define(ASSISTANT, "assistant");
define(SUMMARY, "summary");
define(AI_TITLE, "ai-title");
define(CUSTOM_TITLE, "custom-title");
define(QUEUED_COMMAND, "queued_command");
define(END_TURN, "end_turn");
define(STOP_SEQUENCE, "stop_sequence");
define(MAX_TOKENS, "max_tokens");
define(REFUSAL, "refusal");
define(TRUE, "true");
define(FALSE, "false");
define(NULL, "null");

/** A name as bytes, which can be compared eight at a time. */
function define(name: usize, text: string): void {
  for (let i = 0; i < text.length; i++) store<u8>(name + (i as usize), text.charCodeAt(i) as u8);
}

export function isText(at: usize, length: usize, name: usize, nameLength: usize): bool {
  return length === nameLength && isSame(at, name, nameLength);
}

export function isSame(at: usize, name: usize, length: usize): bool {
  if (length >= 8) {
    let i: usize = 0;
    for (; i + 8 <= length; i += 8) if (load<u64>(at + i) !== load<u64>(name + i)) return false;
    return load<u64>(at + length - 8) === load<u64>(name + length - 8);
  }
  if (length >= 4) {
    return load<u32>(at) === load<u32>(name) && load<u32>(at + length - 4) === load<u32>(name + length - 4);
  }
  return load<u16>(at) === load<u16>(name) && load<u8>(at + length - 1) === load<u8>(name + length - 1);
}
