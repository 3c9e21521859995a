import { fieldsOf, textField } from "./tool-facts.ts";
import classes from "./tools.module.css";

const signs: Readonly<Record<string, readonly [sign: string, words: string]>> = {
  completed: ["☑", "done"],
  in_progress: ["◐", "at work"],
};

/** The agent's list of what it means to do. */
export function PlanBody({ todos }: { todos: readonly unknown[] }) {
  return (
    <ul className={classes["plan"]}>
      {todos.map((todo, index) => {
        const fields = fieldsOf(todo);
        const status = textField(fields, "status");
        const [sign, words] = (Object.hasOwn(signs, status) ? signs[status] : undefined) ?? ["☐", "to do"];
        return (
          <li key={index} className={status === "completed" ? classes["done"] : undefined}>
            <span role="img" aria-label={words}>
              {sign}
            </span>
            <span>{textField(fields, "content") || JSON.stringify(todo)}</span>
          </li>
        );
      })}
    </ul>
  );
}
