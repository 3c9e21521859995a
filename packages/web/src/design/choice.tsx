import { useId } from "react";
import classes from "./choice.module.css";

/** One of a few, side by side. */
export function Choice<Value extends string>(props: {
  label: string;
  values: readonly { readonly value: Value; readonly label: string }[];
  value: Value;
  onChange: (value: Value) => void;
}) {
  const { label, values, value, onChange } = props;
  const name = useId();
  return (
    <fieldset className={classes["choice"]}>
      <legend>{label}</legend>
      <div className={classes["values"]}>
        {values.map((each) => (
          <label key={each.value} className={classes["value"]}>
            <input type="radio" name={name} checked={each.value === value} onChange={() => onChange(each.value)} />
            <span>{each.label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
