/**
 * A page whose build the server no longer has cannot load its later parts: it is loaded anew, once. Only when the server
 * answers with another build; without a network a reload would help nothing.
 */
export function reloadForMissingFiles(window: Window, entry: string): void {
  window.addEventListener("vite:preloadError", () => {
    void isOtherBuild(window, entry).then((isOther) => (isOther ? window.location.reload() : undefined));
  });
}

async function isOtherBuild({ location }: Window, entry: string): Promise<boolean> {
  try {
    const response = await fetch(location.pathname, { cache: "no-store" });
    return response.ok && !(await response.text()).includes(new URL(entry).pathname);
  } catch {
    return false;
  }
}
