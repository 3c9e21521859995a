import { Autocomplete } from "@base-ui/react/autocomplete";
import { useState } from "react";
import { Field } from "../../design/field.tsx";
import { foldHome, type ProjectName } from "../project-names.ts";
import classes from "./project-field.module.css";

/** Where a session starts: a known project, or any path that is typed. */
export function ProjectField(props: {
  value: string;
  /** Of known projects, the one used last first. */
  projects: ReadonlyMap<string, ProjectName>;
  problem: string | undefined;
  onChange: (directory: string) => void;
}) {
  const { value, projects, problem, onChange } = props;
  const [isOpen, setOpen] = useState(false);
  // A whole path that is known is a choice, not a search: the others must stay in reach.
  const found = [...projects.keys()].filter((directory) => projects.has(value) || matches(directory, value));
  return (
    <Autocomplete.Root
      items={found}
      filter={null}
      value={value}
      onValueChange={onChange}
      // An open list without anything in it would only take the rest of the page away from screen readers.
      open={isOpen && found.length > 0}
      onOpenChange={setOpen}
      openOnInputClick
    >
      <Field label="Project" hint="A folder on the server. Empty: its default folder." problem={problem}>
        <Autocomplete.Input
          placeholder="/home/anna/shop"
          autoCapitalize="off"
          autoCorrect="off"
          spellCheck={false}
          enterKeyHint="next"
        />
      </Field>
      <Autocomplete.Portal>
        <Autocomplete.Positioner className={classes["positioner"]} sideOffset={4} collisionPadding={8}>
          <Autocomplete.Popup className={classes["popup"]} aria-label="Known projects">
            <Autocomplete.List>
              {(directory: string) => {
                const name = projects.get(directory);
                return (
                  <Autocomplete.Item key={directory} value={directory} className={classes["item"]}>
                    <span className={classes["lead"]}>{name?.lead}</span>
                    <strong>{name?.base}</strong>
                  </Autocomplete.Item>
                );
              }}
            </Autocomplete.List>
          </Autocomplete.Popup>
        </Autocomplete.Positioner>
      </Autocomplete.Portal>
    </Autocomplete.Root>
  );
}

function matches(directory: string, query: string): boolean {
  const text = `${directory}\n${foldHome(directory)}`.toLowerCase();
  return text.includes(query.trim().toLowerCase());
}
