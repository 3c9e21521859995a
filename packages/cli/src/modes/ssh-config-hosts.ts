import { readSource, UnusableSource } from "../inventory/read-source.ts";

/**
 * The words after `Host` in the text of an ssh config that stand for themselves: patterns and exclusions are none. Includes
 * are not followed.
 */
export function literalHosts(text: string): Set<string> {
  const hosts = new Set<string>();
  for (const line of text.split(/\r?\n/u)) {
    const list = /^\s*host(?:\s*=\s*|\s+)(.+)$/iu.exec(line)?.[1] ?? "";
    for (const [, quoted, plain] of list.matchAll(/"([^"]*)"|([^\s"]+)/gu)) {
      const word = quoted ?? plain ?? "";
      if (word.startsWith("#")) break;
      if (word !== "" && !/[*?!]/u.test(word)) hosts.add(word);
    }
  }
  return hosts;
}

/** Those of a file of at most 1 MiB, which is only read; none where it cannot be. */
export function readSshHosts(file: string): Set<string> {
  try {
    return literalHosts(readSource(file) ?? "");
  } catch (thrown) {
    if (thrown instanceof UnusableSource) return new Set();
    throw thrown;
  }
}
