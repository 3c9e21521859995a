/** What a browser tells of itself, as far as a name needs it. */
export interface BrowserTraits {
  readonly userAgent: string;
  /** A Mac has none; a tablet that calls itself a Mac has some. */
  readonly maxTouchPoints: number;
}

/** The first that fits: most browsers name others beside themselves. */
const browsers: readonly [RegExp, string][] = [
  [/\bEdg(?:A|iOS)?\//, "Edge"],
  [/\bOPR\//, "Opera"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\b(?:Firefox|FxiOS)\//, "Firefox"],
  [/\b(?:Chrome|CriOS|Chromium|HeadlessChrome)\//, "Chrome"],
  [/\bSafari\//, "Safari"],
];
const systems: readonly [RegExp, string][] = [
  [/\bAndroid\b/, "Android"],
  [/\biPhone\b/, "iPhone"],
  [/\biPad\b/, "iPad"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bWindows\b/, "Windows"],
  [/\bMac(?:intosh| OS X)\b/, "Mac"],
  [/\bLinux\b/, "Linux"],
];

/** As in "Chrome on Android": what its owner would call this browser among several devices. */
export function guessDeviceName({ userAgent, maxTouchPoints }: BrowserTraits): string {
  const browser = find(browsers, userAgent) ?? "Browser";
  const system = find(systems, userAgent);
  if (system === undefined) return browser;
  return `${browser} on ${system === "Mac" && maxTouchPoints > 1 ? "iPad" : system}`;
}

function find(names: readonly [RegExp, string][], userAgent: string): string | undefined {
  return names.find(([pattern]) => pattern.test(userAgent))?.[1];
}
