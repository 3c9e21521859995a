import { Menu } from "@base-ui/react/menu";
import { Button } from "../design/button.tsx";
import { Icon } from "../design/icon.tsx";
import menu from "../design/menu.module.css";
import type { BusyChoice } from "./busy-choices.ts";
import type { BusyMode } from "./prompt-desk.ts";
import classes from "./composer.module.css";

/** What sending means while the session is busy; each choice says what it does. */
export function ModeMenu(props: {
  choices: readonly BusyChoice[];
  chosen: BusyChoice;
  onChoose: (mode: BusyMode) => void;
}) {
  const { choices, chosen, onChoose } = props;
  return (
    <Menu.Root modal={false}>
      <Menu.Trigger
        render={<Button look="primary" />}
        className={classes["mode"]}
        aria-label={`While it is busy: ${chosen.label}. Choose another way`}
      >
        <Icon name="down" />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner className={menu["positioner"]} side="top" align="end" sideOffset={6}>
          <Menu.Popup className={menu["popup"]}>
            <Menu.RadioGroup value={chosen.mode} onValueChange={(mode) => onChoose(mode as BusyMode)}>
              {choices.map(({ mode, label, explanation }) => (
                <Menu.RadioItem key={mode} value={mode} className={menu["item"]} closeOnClick>
                  <span className={menu["label"]}>{label}</span>
                  <span className={menu["hint"]}>{explanation}</span>
                </Menu.RadioItem>
              ))}
            </Menu.RadioGroup>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
