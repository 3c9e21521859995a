import classes from "./rows.module.css";

const format = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long", year: "numeric" });

export function dayLabel(at: string): string {
  return format.format(new Date(at));
}

export function DayLine({ at }: { at: string }) {
  return (
    <p className={classes["divider"]}>
      <time dateTime={at}>{dayLabel(at)}</time>
    </p>
  );
}
