import { lazy, Suspense, useState, type ReactNode } from "react";

export interface DialogProps {
  readonly isOpen: boolean;
  readonly title: string;
  readonly onClose: () => void;
  /** Default "Cancel". */
  readonly closeLabel?: string;
  /** Beside the button that closes. */
  readonly actions: ReactNode;
  readonly children: ReactNode;
}

const OpenDialog = lazy(async () => ({ default: (await import("./open-dialog.tsx")).OpenDialog }));

/** Asks for something in front of the page. Focus goes in, Escape and a click beside it close. */
export function Dialog(props: DialogProps) {
  const [wasAsked, setAsked] = useState(false);
  if (props.isOpen && !wasAsked) setAsked(true);
  if (!wasAsked) return null;
  return (
    <Suspense fallback={null}>
      <OpenDialog {...props} />
    </Suspense>
  );
}
