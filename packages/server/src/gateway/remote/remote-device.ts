/** Who holds the key that was shown, or anybody where authentication is off. */
export interface RemoteDevice {
  readonly id: string;
  readonly name: string;
}
