import { useSyncExternalStore } from "react";
import { Choice } from "../design/choice.tsx";
import { readDensity, setDensity, subscribeDensity } from "../design/density.ts";
import { readTheme, setTheme, subscribeTheme } from "../design/theme.ts";
import classes from "./settings.module.css";

export function AppearanceSettings() {
  const theme = useSyncExternalStore(subscribeTheme, readTheme);
  const density = useSyncExternalStore(subscribeDensity, readDensity);
  return (
    <div className={classes["row"]}>
      <Choice
        label="Theme"
        value={theme}
        values={[
          { value: "system", label: "As the system" },
          { value: "light", label: "Light" },
          { value: "dark", label: "Dark" },
        ]}
        onChange={setTheme}
      />
      <Choice
        label="Density"
        value={density}
        values={[
          { value: "comfortable", label: "Comfortable" },
          { value: "compact", label: "Compact" },
        ]}
        onChange={setDensity}
      />
    </div>
  );
}
