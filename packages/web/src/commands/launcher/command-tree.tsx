import type { RemoteCommandNode } from "@parlatory/protocol/remote";
import classes from "./command-tree.module.css";

/** Commands as buttons, groups as lists inside of lists. Without `onRun` nothing can be run now. */
export function CommandTree(props: {
  nodes: readonly RemoteCommandNode[];
  onRun: ((commandId: string) => void) | undefined;
}) {
  const { nodes, onRun } = props;
  return (
    <ul className={classes["list"]}>
      {nodes.map((node) =>
        node.type === "group" ? (
          <li key={`group ${node.id}`}>
            <h3 className={classes["group"]}>{node.label}</h3>
            <div className={classes["children"]}>
              <CommandTree nodes={node.children} onRun={onRun} />
            </div>
          </li>
        ) : (
          <li key={node.id}>
            <button
              type="button"
              className={classes["command"]}
              disabled={onRun === undefined}
              onClick={() => onRun?.(node.id)}
            >
              <span className={classes["sign"]} aria-hidden="true">
                ▷
              </span>
              <span className={classes["label"]}>
                <span className="visually-hidden">Run </span>
                {node.label}
              </span>
              <span className={classes["about"]}>{node.description ?? node.id}</span>
            </button>
          </li>
        ),
      )}
    </ul>
  );
}
