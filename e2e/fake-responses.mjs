/*
 * The Responses API, as far as a coding agent needs it, over the scenarios of fake-anthropic.mjs: a request becomes one of
 * the Messages API, so that the same rules match it, and the scripted message is sent back in this API's events.
 */

/** A request of this API as one of the Messages API. */
export function messagesBodyOf(body) {
  const messages = (body.input ?? []).flatMap(messageOf);
  const system = [body.instructions].filter((text) => typeof text === "string");
  const tools = (body.tools ?? []).map(({ type, name }) => ({ name: name ?? type }));
  return { model: body.model, system: system.join("\n"), messages, tools, stream: body.stream === true };
}

function messageOf(item) {
  const content = Array.isArray(item.content) ? item.content : [];
  switch (item.type) {
    case "message": {
      const blocks = content.flatMap((part) =>
        typeof part.text === "string" ? [{ type: "text", text: part.text }] : [],
      );
      const role = item.role === "assistant" ? "assistant" : item.role === "user" ? "user" : "system";
      return [{ role, content: blocks }];
    }
    case "function_call": {
      const input = JSON.parse(item.arguments || "{}");
      return [{ role: "assistant", content: [{ type: "tool_use", id: item.call_id, name: item.name, input }] }];
    }
    case "function_call_output": {
      const text = typeof item.output === "string" ? item.output : JSON.stringify(item.output);
      return [{ role: "user", content: [{ type: "tool_result", tool_use_id: item.call_id, content: text }] }];
    }
    default:
      return []; // reasoning and what is not scripted
  }
}

/**
 * The events of a scripted message, in order. `text` deltas are marked, so that the sender can hold, cut or slow them down
 * as it does those of the other API.
 */
export function responseEvents(message, chunkChars) {
  const response = { id: message.id, object: "response", model: message.model, status: "in_progress", output: [] };
  const events = [{ type: "response.created", response }];
  const output = message.content.map((block, index) => itemOf(block, `${message.id}_${index}`));
  output.forEach((item, output_index) => {
    events.push({ type: "response.output_item.added", output_index, item: { ...item, status: "in_progress" } });
    if (item.type === "message") {
      for (const delta of item.content[0].text.match(new RegExp(`[\\s\\S]{1,${Math.max(1, chunkChars)}}`, "g")) ?? []) {
        const place = { item_id: item.id, output_index, content_index: 0 };
        events.push({ type: "response.output_text.delta", ...place, delta, isDelta: true });
      }
    }
    events.push({ type: "response.output_item.done", output_index, item });
  });
  const { input_tokens, cache_read_input_tokens, cache_creation_input_tokens, output_tokens } = message.usage;
  const allInput = input_tokens + cache_read_input_tokens + cache_creation_input_tokens;
  const usage = {
    input_tokens: allInput, // here the cached ones are a part of it
    input_tokens_details: { cached_tokens: cache_read_input_tokens },
    output_tokens,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: allInput + output_tokens,
  };
  return [...events, { type: "response.completed", response: { ...response, status: "completed", output, usage } }];
}

function itemOf(block, id) {
  if (block.type === "tool_use") {
    const call = { name: block.name, arguments: JSON.stringify(block.input), call_id: block.id };
    return { type: "function_call", id, status: "completed", ...call };
  }
  const content = [{ type: "output_text", text: block.text ?? "", annotations: [] }];
  return { type: "message", id, role: "assistant", status: "completed", content };
}
