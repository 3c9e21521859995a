import { answer, defineCommand } from "../harness/command.ts";
import { boolean, nullable, string } from "../harness/json-schema.ts";
import { deviceErrorKinds } from "../remote/command-options.ts";

export const command = defineCommand({
  path: ["dashboard"],
  group: "Sessions & remote",
  summary: "open the web app in this machine's browser, signed in",
  positionals: [],
  options: [
    { name: "print", type: "boolean", description: "print the link and open nothing" },
    {
      name: "qr",
      type: "boolean",
      description: "draw the link for a phone's camera and open nothing; it lets in to the sessions, not to the mesh",
    },
    {
      name: "url",
      type: "string",
      placeholder: "URL",
      env: "PARL_PUBLIC_URL",
      description: "where the browser reaches the server (PARL_PUBLIC_URL, else where it listens)",
    },
  ],
  payload: [
    { name: "opened", schema: boolean, presence: "always", description: "a browser was started" },
    {
      name: "link",
      schema: nullable(string),
      presence: "always",
      description: "what to open instead, where no browser was; a secret",
      verbatim: true,
    },
    { name: "expires_at", schema: string, presence: "always", description: "when the code in the link is void" },
    {
      name: "loopback_only",
      schema: boolean,
      presence: "always",
      description: "only this machine reaches that address",
    },
  ],
  errorKinds: deviceErrorKinds,
  examples: ["parl dashboard", "parl dashboard --print", "parl dashboard --qr --url https://parl.example"],
  notes: [
    "The link is good for one browser, once. Where no browser can be started, it is printed.",
    "A browser from a sandboxed package may not read the file that leads it there; `--print` does without.",
  ],
  stdout: "envelope",
  run: async (context, args) => {
    const [{ openDashboard }, { renderDashboard }] = await Promise.all([
      import("../remote/open-dashboard.ts"),
      import("../remote/render-dashboard.ts"),
    ]);
    return answer(await openDashboard(context, args), (shown) => renderDashboard(shown, args.qr, context.style));
  },
});
