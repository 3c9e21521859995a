import { useEffect, useState } from "react";
import type { OutputBuffer } from "./output-buffer.ts";

/** Shows a component anew when lines came, at most once a frame. Answers the version that is shown. */
export function useOutput(output: OutputBuffer): number {
  const [version, setVersion] = useState(output.version);
  useEffect(() => {
    let frame: number | undefined;
    const renew = (): void => {
      frame = undefined;
      setVersion(output.version);
    };
    const end = output.subscribe(() => (frame ??= requestAnimationFrame(renew)));
    renew();
    return () => {
      end();
      if (frame !== undefined) cancelAnimationFrame(frame);
    };
  }, [output]);
  return version;
}
