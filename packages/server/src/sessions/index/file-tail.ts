import type { SessionTail } from "../catalog.ts";
import type { FilePages, LogReader } from "../log/log-reader.ts";
import type { FileSession, ReadFile } from "./file-session.ts";

/** What a file says about its turn, as it was read last ([HIST-12]); only who asks for a record has it counted. */
export function fileTail(session: FileSession, reader: LogReader): SessionTail | undefined {
  const { file } = session;
  if (file === undefined) return undefined;
  const { size, mtimeMs, facts } = file.state;
  const pages = async (): Promise<FilePages | undefined> => {
    await session.count();
    return session.file && pagesOf(session.file);
  };
  const pagesOf = ({ path, state }: ReadFile): FilePages =>
    reader.openPages({ path, sessionId: session.sessionId }, state);
  return {
    length: size,
    lastRecordId: facts.lastRecordId,
    isTurnFinished: facts.isTurnFinished,
    grewAt: mtimeMs,
    hasRecord: async (id) => (await (await pages())?.hasRecord(id)) ?? false,
    answerTo: async (promptId) => (await pages())?.answerTo(promptId),
  };
}
