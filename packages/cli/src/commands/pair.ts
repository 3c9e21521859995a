import { answer, defineCommand } from "../harness/command.ts";
import { boolean, string } from "../harness/json-schema.ts";
import { deviceErrorKinds } from "../remote/command-options.ts";

export const command = defineCommand({
  path: ["pair"],
  group: "Sessions & remote",
  summary: "make a one-time code that lets a phone or browser in",
  positionals: [],
  options: [
    {
      name: "url",
      type: "string",
      placeholder: "URL",
      env: "PARL_PUBLIC_URL",
      description: "where the device reaches the server (PARL_PUBLIC_URL, else where it listens)",
    },
  ],
  payload: [
    {
      name: "code",
      schema: string,
      presence: "always",
      description: "for one device; whoever has it can drive every session",
      verbatim: true,
    },
    {
      name: "link",
      schema: string,
      presence: "always",
      description: "what the QR code holds: the web app's page for pairing, with the code",
      verbatim: true,
    },
    { name: "expires_at", schema: string, presence: "always", description: "when the code is void" },
    {
      name: "loopback_only",
      schema: boolean,
      presence: "always",
      description: "only this machine reaches that address",
    },
  ],
  errorKinds: deviceErrorKinds,
  examples: ["parl pair", "parl pair --url https://parl.example --json"],
  notes: ["Five wrong tries void every code that waits. `parl devices` lists what was paired."],
  stdout: "envelope",
  run: async (context, args) => {
    const [{ pairDevice }, { renderPairing }] = await Promise.all([
      import("../remote/pair-device.ts"),
      import("../remote/render-pairing.ts"),
    ]);
    return answer(await pairDevice(context, args), (shown) => renderPairing(shown, context.style));
  },
});
