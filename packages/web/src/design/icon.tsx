const paths = {
  attach: "M8 12.5l5.6-5.6a2.5 2.5 0 0 1 3.5 3.5l-7.4 7.4a4.5 4.5 0 0 1-6.4-6.4L10.5 4.2",
  back: "M14.5 5l-7 7 7 7",
  dark: "M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10z",
  close: "M6 6l12 12M18 6L6 18",
  down: "M6 9.5l6 6 6-6",
  file: "M7 3h7l4 4v14H7zM14 3v4h4",
  leave: "M13.5 4H6v16h7.5M10.5 12H21M17 8l4 4-4 4",
  light:
    "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4",
  menu: "M5 12h.01M12 12h.01M19 12h.01",
  mic: "M12 3a3 3 0 0 0-3 3v5a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3zM5.5 11a6.5 6.5 0 0 0 13 0M12 17.5V21",
  search: "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.5 15.5L20.5 20.5",
  send: "M12 19V5M5.5 11.5L12 5l6.5 6.5",
  skip: "M6 5l8 7-8 7zM18 5v14",
  speaker: "M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM15.5 9a4 4 0 0 1 0 6M18 6.5a7.5 7.5 0 0 1 0 11",
  stop: "M7 7h10v10H7z",
  system: "M12 4a8 8 0 1 0 0 16zM12 4a8 8 0 0 1 0 16M12 8h5M12 12h7.5M12 16h5",
  up: "M6 14.5l6-6 6 6",
} as const;

export type IconName = keyof typeof paths;

/** A sign beside words, or in a button that has a name; nothing for a screen reader. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg width="20" height="20" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path
        d={paths[name]}
        fill="none"
        stroke="currentColor"
        strokeWidth={name === "menu" ? 3 : 1.8}
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
