/**
 * The few globals that every browser and Node share and this package uses. It is compiled without the types of either, so
 * that nothing else of a platform slips in; these are declared here as far as they are used.
 */
interface WebPlatform {
  atob: (text: string) => string;
  btoa: (binary: string) => string;
  TextEncoder: new () => { encode(text: string): Uint8Array<ArrayBuffer> };
  TextDecoder: new (
    encoding: "utf-8",
    options: { fatal: boolean; ignoreBOM: boolean },
  ) => { decode(bytes: Uint8Array): string };
  URL: {
    new (text: string): {
      readonly protocol: string;
      readonly host: string;
      readonly pathname: string;
      readonly username: string;
      readonly password: string;
    };
    canParse(text: string): boolean;
  };
}

export const { atob, btoa, TextEncoder, TextDecoder, URL } = globalThis as unknown as WebPlatform;
