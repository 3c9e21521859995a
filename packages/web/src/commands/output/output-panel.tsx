import { useRef, useState, type KeyboardEvent } from "react";
import { Button } from "../../design/button.tsx";
import type { OutputBuffer } from "./output-buffer.ts";
import classes from "./output-panel.module.css";
import { OutputSearch, type OutputMatch } from "./output-search.ts";
import { OutputView, type OutputViewHandle } from "./output-view.tsx";
import { useOutput } from "./use-output.ts";

const noMatches: readonly OutputMatch[] = [];
const wrapKey = "parlatory.commands.wrap";

/** A command's output with what one does to it: search, wrap, copy, download. */
export function OutputPanel(props: {
  output: OutputBuffer;
  label: string;
  isTruncated: boolean;
  /** Rejects with why it could not be had. */
  onDownload: () => Promise<void>;
}) {
  const { output, label, isTruncated, onDownload } = props;
  const view = useRef<OutputViewHandle>(null);
  const [isWrapped, setWrapped] = useState(() => localStorage.getItem(wrapKey) === "yes");
  const [said, setSaid] = useState("");
  const [isLoading, setLoading] = useState(false);
  useOutput(output);
  const found = useOutputSearch(output, (place) => view.current?.show(place));
  const wrap = (): void => {
    localStorage.setItem(wrapKey, isWrapped ? "no" : "yes");
    setWrapped(!isWrapped);
  };
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(output.text());
      setSaid(`Copied ${output.length.toLocaleString()} lines.`);
    } catch {
      setSaid("This browser does not let the page copy here. Select the text, or download it.");
    }
  };
  const download = async (): Promise<void> => {
    setLoading(true);
    setSaid("");
    try {
      await onDownload();
    } catch (error) {
      setSaid(`Not downloaded: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      setLoading(false);
    }
  };
  return (
    <div className={classes["panel"]}>
      <div className={classes["tools"]} role="group" aria-label="Output">
        <SearchField found={found} />
        <div className={classes["buttons"]}>
          <Button aria-pressed={isWrapped} look={isWrapped ? undefined : "quiet"} onClick={wrap}>
            Wrap
          </Button>
          <Button look="quiet" onClick={() => void copy()} disabled={output.length === 0}>
            Copy
          </Button>
          <Button look="quiet" onClick={() => void download()} disabled={isLoading}>
            {isLoading ? "Loading …" : "Download"}
          </Button>
        </div>
      </div>
      <div>
        {output.firstPlace === 0 ? null : (
          <p className={classes["note"]}>
            The first {output.firstPlace.toLocaleString()} lines are not kept in this page. The download has all that
            the server serves.
          </p>
        )}
        {isTruncated ? (
          <p className={classes["note"]}>The output is too long to be served whole: its middle is cut out.</p>
        ) : null}
        <p className={classes["said"]} role="status">
          {said}
        </p>
      </div>
      <OutputView
        ref={view}
        output={output}
        label={label}
        isWrapped={isWrapped}
        matches={found.matches}
        matchLength={found.wanted.length}
        current={found.current}
      />
    </div>
  );
}

interface FoundText {
  readonly wanted: string;
  readonly matches: readonly OutputMatch[];
  readonly current: OutputMatch | undefined;
  /** As in "3 of 17". */
  readonly count: string;
  search(wanted: string): void;
  step(by: 1 | -1): void;
}

function useOutputSearch(output: OutputBuffer, show: (place: number) => void): FoundText {
  const [search, setSearch] = useState<OutputSearch>();
  const [wanted, setWanted] = useState("");
  const [current, setCurrent] = useState<OutputMatch>();
  search?.update(output);
  const matches = search?.matches ?? noMatches;
  const at = matches.findIndex(({ place, start }) => place === current?.place && start === current.start);
  const total = search?.isMore === true ? `${matches.length.toLocaleString()}+` : matches.length.toLocaleString();
  const go = (match: OutputMatch | undefined): void => {
    setCurrent(match);
    if (match !== undefined) show(match.place);
  };
  return {
    wanted,
    matches,
    current,
    count: wanted === "" ? "" : matches.length === 0 ? "none" : at === -1 ? total : `${at + 1} of ${total}`,
    search(text) {
      const next = new OutputSearch(text);
      next.update(output);
      setWanted(text);
      setSearch(text === "" ? undefined : next);
      go(next.matches[0]);
    },
    step(by) {
      const from = at === -1 && by === -1 ? 0 : at;
      go(matches[(from + by + matches.length) % matches.length]);
    },
  };
}

function SearchField({ found }: { found: FoundText }) {
  const handleKey = (event: KeyboardEvent): void => {
    if (event.key === "Enter") found.step(event.shiftKey ? -1 : 1);
    else if (event.key === "Escape" && found.wanted !== "") found.search("");
    else return;
    event.preventDefault();
  };
  const isEmpty = found.matches.length === 0;
  return (
    <div className={classes["search"]} role="search">
      <input
        type="search"
        aria-label="Search the output"
        placeholder="Search"
        autoComplete="off"
        spellCheck={false}
        value={found.wanted}
        onChange={(event) => found.search(event.target.value)}
        onKeyDown={handleKey}
      />
      <span className={classes["count"]} role="status">
        {found.count}
      </span>
      <Button look="quiet" aria-label="Previous match" disabled={isEmpty} onClick={() => found.step(-1)}>
        ↑
      </Button>
      <Button look="quiet" aria-label="Next match" disabled={isEmpty} onClick={() => found.step(1)}>
        ↓
      </Button>
    </div>
  );
}
