import { useState } from "react";
import { Button } from "../design/button.tsx";
import { Dialog } from "../design/dialog.tsx";
import { Field } from "../design/field.tsx";

export function CompactDialog(props: {
  isOpen: boolean;
  onClose: () => void;
  onCompact: (instructions: string | undefined) => void;
}) {
  const { isOpen, onClose, onCompact } = props;
  const [instructions, setInstructions] = useState("");
  return (
    <Dialog
      isOpen={isOpen}
      title="Compact the session?"
      onClose={onClose}
      actions={
        <Button
          look="primary"
          onClick={() => {
            onCompact(instructions.trim() === "" ? undefined : instructions);
            onClose();
          }}
        >
          Compact
        </Button>
      }
    >
      <p>
        The agent replaces what it remembers by a summary, which cannot be undone. The messages stay readable here. It
        may take minutes, and the session takes no prompts meanwhile.
      </p>
      <Field label="Instructions (optional)" hint="What the summary should keep, for example the open tasks.">
        <textarea value={instructions} onChange={(event) => setInstructions(event.target.value)} />
      </Field>
    </Dialog>
  );
}
