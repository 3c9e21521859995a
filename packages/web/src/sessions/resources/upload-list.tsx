import { Button } from "../../design/button.tsx";
import { describeBytes } from "../../design/describe-bytes.ts";
import type { Upload } from "./use-upload.ts";
import classes from "./files-dialog.module.css";
import { Icon } from "../../design/icon.tsx";

/** Files on their way to the server, and those that did not get there. */
export function UploadList({ uploads, dismiss }: { uploads: readonly Upload[]; dismiss: (id: string) => void }) {
  if (uploads.length === 0) return null;
  return (
    <ul className={classes["files"]} aria-label="Uploads">
      {uploads.map(({ id, name, size, sentBytes, state, problem }) => (
        <li key={id} className={classes["file"]}>
          <span className={classes["name"]}>{name}</span>
          {state === "failed" ? (
            <>
              <p className={classes["problem"]} role="alert">
                Not sent. {problem}
              </p>
              <Button look="quiet" aria-label={`Dismiss ${name}`} onClick={() => dismiss(id)}>
                <Icon name="close" />
              </Button>
            </>
          ) : (
            <>
              <span className={classes["facts"]}>
                {describeBytes(sentBytes)} of {describeBytes(size)}
              </span>
              <progress className={classes["progress"]} aria-label={`Sending ${name}`} value={sentBytes} max={size} />
            </>
          )}
        </li>
      ))}
    </ul>
  );
}
