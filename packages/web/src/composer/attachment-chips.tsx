import { Icon } from "../design/icon.tsx";
import { describeSize, type DraftAttachment } from "./draft-attachment.ts";
import classes from "./composer.module.css";

export function AttachmentChips(props: {
  attachments: readonly DraftAttachment[];
  onRemove: (attachment: DraftAttachment) => void;
}) {
  const { attachments, onRemove } = props;
  if (attachments.length === 0) return null;
  return (
    <ul className={classes["chips"]} aria-label="Attachments">
      {attachments.map((attachment) => {
        const { id, name, sizeBytes } = attachment;
        return (
          <li key={id} className={classes["chip"]}>
            <Icon name="file" />
            <span className={classes["chipName"]} title={name}>
              {name}
            </span>
            <span className={classes["soft"]}>
              {sizeBytes === undefined ? "in the project" : describeSize(sizeBytes)}
            </span>
            <button
              type="button"
              className={classes["bare"]}
              aria-label={`Remove ${name}`}
              onClick={() => onRemove(attachment)}
            >
              <Icon name="close" />
            </button>
          </li>
        );
      })}
    </ul>
  );
}
