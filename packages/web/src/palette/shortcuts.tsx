import { Dialog } from "../design/dialog.tsx";
import classes from "./shortcuts.module.css";

const shortcuts: readonly { readonly keys: readonly string[]; readonly does: string }[] = [
  { keys: ["Ctrl K", "⌘ K"], does: "Search and commands, from everywhere" },
  { keys: ["?"], does: "This list" },
  { keys: ["Enter"], does: "Next match, in the search of an output" },
  { keys: ["Shift Enter"], does: "Previous match, in the search of an output" },
  { keys: ["Esc"], does: "Close what is in front" },
];

/** Keys that do something everywhere, or where it says. */
export function Shortcuts({ onClose }: { onClose: () => void }) {
  return (
    <Dialog isOpen title="Keyboard shortcuts" closeLabel="Close" actions={null} onClose={onClose}>
      <dl className={classes["list"]}>
        {shortcuts.map(({ keys, does }) => (
          <div key={does}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
