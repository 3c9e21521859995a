import { useId, type ReactElement, cloneElement } from "react";
import classes from "./field.module.css";

interface ControlProps {
  id?: string;
  "aria-describedby"?: string | undefined;
  "aria-invalid"?: boolean;
}

/** One control with its label, and what is to be known or mended about it. */
export function Field(props: {
  label: string;
  hint?: string | undefined;
  problem?: string | undefined;
  children: ReactElement<ControlProps>;
}) {
  const { label, hint, problem, children } = props;
  const id = useId();
  const notes = [hint === undefined ? undefined : `${id}-hint`, problem === undefined ? undefined : `${id}-problem`];
  const described = notes.filter((note) => note !== undefined).join(" ");
  return (
    <div className={classes["field"]}>
      <label className={classes["label"]} htmlFor={id}>
        {label}
      </label>
      {cloneElement(children, {
        id,
        "aria-describedby": described === "" ? undefined : described,
        "aria-invalid": problem !== undefined,
      })}
      {hint === undefined ? null : (
        <p className={classes["hint"]} id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {problem === undefined ? null : (
        <p className={classes["problem"]} id={`${id}-problem`} role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}
