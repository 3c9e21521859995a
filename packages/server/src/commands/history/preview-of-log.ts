import { open } from "node:fs/promises";
import { walkLog } from "./log-walk.ts";
import { OutputPreview } from "./output-preview.ts";

/** Enough for 200 characters of four bytes in lines of one. */
const BEGINNING_BYTES = 16 * 1024;

/** The beginning of the output in a log whose command cannot tell it any more ([CMDHIST-6]). */
export async function previewOfLog(path: string): Promise<string> {
  const file = await open(path, "r");
  try {
    const preview = new OutputPreview();
    let isFirst = true;
    await walkLog(file, Math.min((await file.stat()).size, BEGINNING_BYTES), {
      onBegin: (_stream, isContinuation) => {
        if (!isFirst && !isContinuation) preview.append("\n");
        isFirst = false;
      },
      onText: (bytes, from, to) => preview.append(bytes.toString("utf8", from, to)),
      onEnd: () => undefined,
    });
    if (!isFirst) preview.append("\n");
    return preview.toString();
  } finally {
    await file.close();
  }
}
