/**
 * Looks at all session files by `stat`, in whatever thread. Says what it saw, at an instant that is past;
 * that a file is gone is known only when it was tried to be read. Knows no sessions, no watches, no contents ([WATCH-1]).
 */
export interface Surveyor {
  survey(): Promise<Survey>;
  close(): Promise<void>;
}

export interface Survey {
  /** Undefined: the root is not there. */
  readonly root: SeenFolder | undefined;
  readonly folders: readonly SeenFolder[];
  readonly files: readonly SeenFile[];
}

export interface SeenFolder {
  readonly path: string;
  readonly mtimeMs: number;
  readonly inode: number;
}

export interface SeenFile extends FileStamp {
  readonly path: string;
  readonly sessionId: string;
}

/** What tells one state of a file from another without reading it. */
export interface FileStamp {
  readonly size: number;
  readonly mtimeMs: number;
  readonly inode: number;
}

export interface SurveyOptions {
  readonly root: string;
  /** Names of project folders that are none of ours to show. */
  readonly ignoredFolders: readonly string[];
}
