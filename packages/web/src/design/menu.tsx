import { createContext, lazy, Suspense, use, useState, type ComponentType, type ReactNode } from "react";
import { Button } from "./button.tsx";

/** What a menu's entry is made of, once the menu is there. */
export interface MenuEntryProps {
  readonly onClick: () => void;
  readonly look?: "danger" | undefined;
  readonly children: ReactNode;
}
export const MenuEntryContext = createContext<ComponentType<MenuEntryProps> | undefined>(undefined);

export interface MenuProps {
  /** Name of the button, as in "Actions for Fix the cart total". */
  readonly label: string;
  /** What the button shows. */
  readonly sign: ReactNode;
  readonly onOpenChange?: ((isOpen: boolean) => void) | undefined;
  readonly children: ReactNode;
}

const loadMenu = () => import("./open-menu.tsx");
const OpenMenu = lazy(async () => ({ default: (await loadMenu()).OpenMenu }));

/** What else can be done with a thing, behind one button. Nothing but the button is made before it is asked for. */
export function Menu(props: MenuProps) {
  const { label, sign, onOpenChange } = props;
  const [isWanted, setWanted] = useState(false);
  const button = (
    <Button
      look="quiet"
      aria-label={label}
      aria-haspopup="menu"
      aria-expanded="false"
      onPointerEnter={() => void loadMenu()}
      onFocus={() => void loadMenu()}
      onClick={() => {
        setWanted(true);
        onOpenChange?.(true);
      }}
    >
      {sign}
    </Button>
  );
  if (!isWanted) return button;
  return (
    <Suspense fallback={button}>
      <OpenMenu {...props} />
    </Suspense>
  );
}

export function MenuItem(props: MenuEntryProps) {
  const Entry = use(MenuEntryContext);
  return Entry === undefined ? null : <Entry {...props} />;
}
