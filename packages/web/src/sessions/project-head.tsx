import { describeNumber } from "../design/describe-number.ts";
import { Menu, MenuItem } from "../design/menu.tsx";
import type { ProjectName } from "./project-names.ts";
import { isPlaceholder } from "./project-names.ts";
import type { SessionActions } from "./session-row.tsx";
import classes from "./project-head.module.css";
import { Icon } from "../design/icon.tsx";

export function ProjectHead(props: {
  directory: string;
  name: ProjectName;
  count: number;
  actions: Pick<SessionActions, "startIn" | "showFiles" | "menuChanged">;
}) {
  const { directory, name, count, actions } = props;
  return (
    <div className={classes["head"]}>
      <h2 className={classes["name"]} title={directory}>
        <span className={classes["lead"]}>{name.lead}</span>
        <span className={classes["base"]}>{name.base}</span>
      </h2>
      <span className={classes["count"]}>
        {describeNumber(count)}
        <span className="visually-hidden"> {count === 1 ? "session" : "sessions"}</span>
      </span>
      {isPlaceholder(directory) ? null : (
        <Menu
          label={`Actions for the project ${name.short}`}
          sign={<Icon name="menu" />}
          onOpenChange={actions.menuChanged}
        >
          <MenuItem onClick={() => actions.startIn(directory)}>New session here</MenuItem>
          <MenuItem onClick={() => actions.showFiles(directory)}>Files for agents</MenuItem>
        </Menu>
      )}
    </div>
  );
}
