import { useQuery } from "@tanstack/react-query";
import { Answer } from "../design/answer.tsx";
import { Dialog } from "../design/dialog.tsx";
import { Ago } from "../design/ago.tsx";
import { Notice } from "../design/notice.tsx";
import { useRemote } from "../remote/remote-context.ts";
import { remoteKeys } from "../remote/remote-keys.ts";
import { describeSize } from "./draft-attachment.ts";
import classes from "./composer.module.css";

/** Picks a file that lies with the project: it is named to the agent by its path and not sent again. */
export function ResourceDialog(props: {
  isOpen: boolean;
  workingDirectory: string;
  onClose: () => void;
  onChoose: (name: string, path: string) => void;
}) {
  const { isOpen, workingDirectory, onClose, onChoose } = props;
  const { client } = useRemote();
  const query = useQuery({
    queryKey: remoteKeys.resources(workingDirectory),
    queryFn: () => client.files.list(workingDirectory),
    enabled: isOpen,
    // Agents and other devices add files without telling.
    staleTime: 0,
  });
  return (
    <Dialog isOpen={isOpen} title="Attach a file of the project" onClose={onClose} actions={null}>
      <Answer query={query} what="the project's files">
        {(resources) =>
          resources.length === 0 ? (
            <Notice tone="empty" title="No files yet">
              <p>Files that are uploaded for this project stand here.</p>
            </Notice>
          ) : (
            <ul className={classes["resources"]} aria-label="Files of the project">
              {resources.map(({ filename, path, size, timestamp }) => (
                <li key={path}>
                  <button
                    type="button"
                    className={classes["resource"]}
                    onClick={() => {
                      onChoose(filename, `${workingDirectory}/${path}`);
                      onClose();
                    }}
                  >
                    <span className={classes["chipName"]}>{filename}</span>
                    <span className={classes["soft"]}>
                      {describeSize(size)} · <Ago at={timestamp} />
                    </span>
                  </button>
                </li>
              ))}
            </ul>
          )
        }
      </Answer>
    </Dialog>
  );
}
