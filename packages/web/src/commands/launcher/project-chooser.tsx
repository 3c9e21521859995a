import { Autocomplete } from "@base-ui/react/autocomplete";
import { useState, type FormEvent } from "react";
import { Button } from "../../design/button.tsx";
import classes from "./project-chooser.module.css";

/** One of the known projects, or any path of the server. */
export function ProjectChooser(props: {
  directory: string | undefined;
  projects: readonly string[];
  onChoose: (directory: string) => void;
}) {
  const { directory, projects, onChoose } = props;
  const [typed, setTyped] = useState(directory ?? "");
  const wanted = typed.trim();
  const isNew = wanted !== "" && wanted !== directory;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (isNew) onChoose(wanted);
  };
  return (
    <form className={classes["chooser"]} onSubmit={submit}>
      <Autocomplete.Root
        items={projects}
        value={typed}
        // What is there already is no filter for what else there is.
        filter={wanted === directory ? null : undefined}
        openOnInputClick
        onValueChange={(value, { reason }) => {
          setTyped(value);
          if (reason === "item-press") onChoose(value);
        }}
      >
        <label className={classes["field"]}>
          <span>Project</span>
          <Autocomplete.Input placeholder="/home/me/project" autoComplete="off" spellCheck={false} />
        </label>
        <Autocomplete.Portal>
          <Autocomplete.Positioner className={classes["positioner"]} sideOffset={4}>
            <Autocomplete.Popup className={classes["popup"]}>
              <Autocomplete.List>
                {(path: string) => (
                  <Autocomplete.Item key={path} value={path} className={classes["item"]}>
                    {path}
                  </Autocomplete.Item>
                )}
              </Autocomplete.List>
            </Autocomplete.Popup>
          </Autocomplete.Positioner>
        </Autocomplete.Portal>
      </Autocomplete.Root>
      <Button type="submit" disabled={!isNew}>
        Show
      </Button>
    </form>
  );
}
