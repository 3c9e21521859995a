/** Whom a letter is for: the name in it, and the address for the broker. */
export interface Target {
  name: string;
  spec: string;
}
