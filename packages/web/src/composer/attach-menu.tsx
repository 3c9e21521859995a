import { Menu } from "@base-ui/react/menu";
import { useRef, useState } from "react";
import { Icon } from "../design/icon.tsx";
import menu from "../design/menu.module.css";
import { ResourceDialog } from "./resource-dialog.tsx";
import classes from "./composer.module.css";

/** Files of this device, or those that lie with the project already. */
export function AttachMenu(props: {
  /** Undefined where it is not known: only files of this device then. */
  workingDirectory: string | undefined;
  onFiles: (files: readonly File[]) => void;
  onResource: (name: string, path: string) => void;
}) {
  const { workingDirectory, onFiles, onResource } = props;
  const picker = useRef<HTMLInputElement>(null);
  const [isChoosing, setChoosing] = useState(false);
  return (
    <>
      <input
        ref={picker}
        type="file"
        multiple
        hidden
        aria-label="Files to attach"
        onChange={(event) => {
          onFiles([...(event.target.files ?? [])]);
          // The same file may be picked again.
          event.target.value = "";
        }}
      />
      <Menu.Root modal={false}>
        <Menu.Trigger className={classes["tool"]} aria-label="Attach">
          <Icon name="attach" />
        </Menu.Trigger>
        <Menu.Portal>
          <Menu.Positioner className={menu["positioner"]} side="top" align="start" sideOffset={6}>
            <Menu.Popup className={menu["popup"]}>
              <Menu.Item className={menu["item"]} onClick={() => picker.current?.click()}>
                Files of this device
              </Menu.Item>
              <Menu.Item
                className={menu["item"]}
                disabled={workingDirectory === undefined}
                onClick={() => setChoosing(true)}
              >
                A file of the project
              </Menu.Item>
            </Menu.Popup>
          </Menu.Positioner>
        </Menu.Portal>
      </Menu.Root>
      {workingDirectory === undefined ? null : (
        <ResourceDialog
          isOpen={isChoosing}
          workingDirectory={workingDirectory}
          onClose={() => setChoosing(false)}
          onChoose={onResource}
        />
      )}
    </>
  );
}
