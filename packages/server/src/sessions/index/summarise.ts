import { isAbsolute } from "node:path";
import type { NotedSession } from "../catalog.ts";
import type { FileFacts } from "../log/log-reader.ts";
import type { FolderDirectory } from "../naming/decode-folder.ts";
import { sessionName } from "../naming/session-name.ts";
import type { SessionSummary } from "../session.ts";

export interface SessionSources {
  readonly sessionId: string;
  /** Whose session it is where nobody noted it. */
  readonly agent: string;
  readonly note?: NotedSession | undefined;
  readonly record?: RecordSource | undefined;
}

/** What a session's record says, be it a file or an own log. */
export interface RecordSource {
  readonly facts: FileFacts;
  readonly count: number;
  readonly isExact: boolean;
  /** Where no record has a time. */
  readonly modifiedAt: number;
  /** Where no record has a directory. */
  readonly folder?: FolderDirectory | undefined;
}

/** The fields of a session ([WATCH-4]); what was set through this server comes before what the record says. */
export function summarise({ sessionId, agent, note, record }: SessionSources): SessionSummary | undefined {
  if (note === undefined && record === undefined) return undefined;
  const { facts } = record ?? {};
  const directory = directoryOf(note, record);
  const modifiedAt = Math.floor(record?.modifiedAt ?? note?.createdAt ?? 0);
  const createdAt = facts?.createdAt ?? note?.createdAt ?? modifiedAt;
  return {
    sessionId,
    agent: note?.agent ?? agent,
    name: sessionName({
      given: note?.name,
      title: facts?.title,
      summary: facts?.summary,
      firstPrompt: facts?.firstPrompt,
      longestPrompt: facts?.longestPrompt,
      directory: directory.path,
      createdAt,
    }),
    workingDirectory: directory.path,
    isPlaceholder: directory.isPlaceholder,
    createdAt,
    lastModified: facts?.lastTimestamp ?? modifiedAt,
    messageCount: record?.count ?? 0,
    isCountExact: record?.isExact ?? true,
    preview: facts?.preview ?? "",
    model: facts?.model,
    contextTokens: facts?.contextTokens,
  };
}

export function isEqual(a: SessionSummary, b: SessionSummary): boolean {
  return (Object.keys(a) as (keyof SessionSummary)[]).every((key) => a[key] === b[key]);
}

/** The directory that the record names, where it is one. */
export function recordedDirectory({ cwd }: FileFacts): string | undefined {
  return cwd !== undefined && isAbsolute(cwd) ? cwd : undefined;
}

function directoryOf(note: NotedSession | undefined, record: RecordSource | undefined): FolderDirectory {
  const noted = note?.workingDirectory;
  const path = noted !== undefined && isAbsolute(noted) ? noted : record && recordedDirectory(record.facts);
  if (path !== undefined) return { path, isPlaceholder: false };
  return record?.folder ?? { path: noted ?? "[from project: ]", isPlaceholder: true };
}
