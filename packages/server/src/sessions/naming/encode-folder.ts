/** The name of the folder in which `claude` keeps the sessions of a directory: what is not alphanumeric becomes `-`. */
export function encodeFolder(directory: string): string {
  return directory.replaceAll(/[^a-zA-Z0-9]/g, "-");
}
